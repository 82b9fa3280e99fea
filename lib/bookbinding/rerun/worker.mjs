// Runs derivations beside the page, which stays alive meanwhile. Everything comes from the folder of this file.
import { open, rerun } from "./python.mjs";

const here = new URL("./", import.meta.url);
const fetched = new Map(); // by address: the bytes
let python;

const say = (stage, more = {}) => postMessage({ stage, ...more });

const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, "0")).join("");

async function download(address, file, arrived) {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) throw new Error(`${file.name} is not in this book (${response.status})`);
  const parts = [];
  let length = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    arrived(value.length);
  }
  const bytes = await new Blob(parts).arrayBuffer();
  if (length !== file.bytes) throw new Error(`${file.name} has ${length} bytes where ${file.bytes} were expected`);
  // Where the page came without encryption a browser computes no hashes; the length has to do there.
  if (globalThis.crypto?.subtle && hex(await crypto.subtle.digest("SHA-256", bytes)) !== file.sha256) {
    throw new Error(`${file.name} is not what the book was built with; load the page again`);
  }
  return bytes;
}

async function start() {
  const { files } = await (await fetch(new URL("files.json", here), { cache: "no-cache" })).json();
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let loaded = 0;
  const arrived = (bytes) => say("Loading", { loaded: (loaded += bytes), total });
  for (const file of files) {
    const address = new URL(file.name, here);
    address.searchParams.set("v", file.sha256.slice(0, 12));
    fetched.set(new URL(file.name, here).href, await download(address, file, arrived));
  }
  // Pyodide asks for its parts by address: it gets what is here already, with the type that WebAssembly insists on.
  const outside = globalThis.fetch;
  globalThis.fetch = (what, ...rest) => {
    const address = String(what?.url ?? what);
    if (!fetched.has(address)) return outside(what, ...rest);
    const type = address.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return Promise.resolve(new Response(fetched.get(address), { headers: { "Content-Type": type } }));
  };
  const { loadPyodide } = await import(new URL("pyodide.mjs", here));
  const read = (name) => fetched.get(new URL(name, here).href);
  python = await open(loadPyodide, { indexURL: here.href }, read, say);
  globalThis.fetch = outside;
  fetched.clear();
}

onmessage = async ({ data }) => {
  try {
    if (!python) await start();
    say("Deriving");
    const begin = performance.now();
    const found = rerun(python, data);
    postMessage({ found, seconds: (performance.now() - begin) / 1000 });
  } catch (problem) {
    postMessage({ failed: problem.message });
  }
};
