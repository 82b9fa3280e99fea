// Derives every claim twice, as it stands and broken, under Pyodide: node second_python.mjs SCRIPTS CORE < requests.
// SCRIPTS holds python.mjs, CORE everything it starts from; a line of JSON comes out for each that went in.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [scripts, core] = process.argv.slice(2).map((folder) => resolve(folder));
const load = (folder, name) => import(pathToFileURL(join(folder, name)));
const { open, rerun } = await load(scripts, "python.mjs");
const { loadPyodide } = await load(core, "pyodide.mjs");

// Node reads into parts of larger buffers; Pyodide unpacks whole ones.
const read = async (name) => Uint8Array.from(await readFile(join(core, name))).buffer;
const python = await open(loadPyodide, { indexURL: `${core}/` }, read);

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(rerun(python, JSON.parse(line))));
}
