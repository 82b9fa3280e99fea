// A second Python, and the question it is asked: the same lines in the page's worker and in the tests under Node.

// What is unpacked into it, in this order.
export const ARCHIVES = ["packages.zip", "blockshift.zip"];

const HOUSE = "/house";

// Start Pyodide and put our packages into it. `read(name)` resolves to the ArrayBuffer of one of the archives.
export async function open(loadPyodide, options, read, say = () => {}) {
  say("Starting Python");
  const python = await loadPyodide(options);
  for (const name of ARCHIVES) python.unpackArchive(await read(name), "zip", { extractDir: HOUSE });
  say("Loading SymPy");
  python.runPython(`import sys; sys.path.insert(0, "${HOUSE}"); from blockshift.reruns import entries`);
  return python;
}

// What deriving a claim again finds, as a plain object; or {refused: why}.
export function rerun(python, request) {
  const answer = python.runPython("entries.answer");
  try {
    return JSON.parse(answer(JSON.stringify(request)));
  } finally {
    answer.destroy();
  }
}
