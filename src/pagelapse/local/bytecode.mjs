// Compiles a folder's Python files for Lambda's Python, in a Python of that version that runs in WebAssembly.
// Arguments: Pyodide's module, the folder, where the folder will be, the expected version, and `sourceless` for bytecode
// that stands in the place of its source.
const [pyodide, folder, destination, version, form] = process.argv.slice(2);
const { loadPyodide } = await import(pyodide);
const python = await loadPyodide();
python.FS.mkdirTree("/layer");
python.mountNodeFS("/layer", folder);
python.globals.set("destination", destination);
python.globals.set("version", version);
python.globals.set("sourceless", form === "sourceless");
python.runPython(`
import compileall, platform, py_compile
assert platform.python_version().startswith(version + "."), platform.python_version()
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
if not compileall.compile_dir(
    "/layer", quiet=1, force=True, maxlevels=50, stripdir="/layer", prependdir=destination, invalidation_mode=mode,
    legacy=sourceless):
    raise SystemExit("some files could not be compiled")
`);
