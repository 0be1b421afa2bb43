#!/usr/bin/env bash
# Installs @tensorflow/tfjs-node, which `backend: node` trains with, from npm's and Python's registries alone: its own
# installer fetches TensorFlow from a server that many networks do not reach. Nothing else needs it.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

TFJS=4.22.0
TENSORFLOW=2.12.1
HEADERS=1.5.0 # of Node's binary interface, which stays the same from version to version

usage() {
  cat <<EOF
Usage: scripts/tfjs-node.sh [--to FOLDER] [--check]

Installs @tensorflow/tfjs-node $TFJS with TensorFlow $TENSORFLOW (CPU) for Linux on x64: 850 MB, a minute or two.
Run again, it does nothing where both work already.

  --to FOLDER   into FOLDER/node_modules (default: Masque's own, which npm ci empties)
  --check       install nothing: say what is there, and fail unless it works

Needs node, npm, python3 with pip, and g++. Elsewhere than in the default folder, tell Node where it is:
  export NODE_PATH=FOLDER/node_modules
Deleting node_modules/@tensorflow/tfjs-node undoes it. Then:
  npx masque doctor
  npx masque train covert-wire-v0 --backend node
EOF
}

to=$here
check=false
while [ $# -gt 0 ]; do
  case $1 in
    --to) [ $# -ge 2 ] || { echo "--to: got nothing, expected a folder." >&2; exit 2; }; to=$2; shift 2 ;;
    --check) check=true; shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "$1: not an option of this script; see --help." >&2; exit 2 ;;
  esac
done
place=node_modules/@tensorflow/tfjs-node

works() {
  TF_CPP_MIN_LOG_LEVEL=2 node -e '
    const tf = require(require("path").resolve(process.argv[1]));
    if (tf.tensor1d([1, 2]).sum().dataSync()[0] !== 3) throw new Error("1 + 2 is not 3");
    console.log(`@tensorflow/tfjs-node ${tf.version["tfjs-node"]} works, with TensorFlow ${tf.backend().binding.TF_Version}.`);
  ' "$to/$place"
}
if $check; then
  works
  exit
fi
if works 2>/dev/null; then exit 0; fi

if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
  echo "$(uname -s)-$(uname -m): this script knows Linux-x86_64 only; try npm install @tensorflow/tfjs-node." >&2
  exit 1
fi
for program in node npm python3 g++; do
  command -v $program >/dev/null || { echo "$program is not to be found: install it and run this again." >&2; exit 1; }
done
python3 -m pip --version >/dev/null || { echo "python3 has no pip: install it and run this again." >&2; exit 1; }

# All is put together aside and moved into place at the end: what fails leaves everything as it was.
mkdir -p "$to/node_modules/@tensorflow"
work=$(mktemp -d "$to/node_modules/.tfjs-node.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "1 of 3: the package, and those it needs"
echo '{ "private": true }' >"$work/package.json"
# Its own script would fetch and build.
npm install --prefix "$work" --ignore-scripts --silent --no-audit --no-fund \
  "@tensorflow/tfjs-node@$TFJS" "node-api-headers@$HEADERS"
new=$work/$place

echo "2 of 3: TensorFlow, in a Python package of 230 MB that is unpacked and not installed"
# Which Python it is for does not matter: nothing of the library knows any.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --python-version 3.10 \
  --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --dest "$work" "tensorflow-cpu==$TENSORFLOW"
python3 - "$work" "$new/deps" <<'PYTHON'
import pathlib, shutil, sys, zipfile
work, deps = map(pathlib.Path, sys.argv[1:])
headers = tuple(f"tensorflow/include/tensorflow/{part}/" for part in ("c", "core/platform", "tsl"))
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    for name in wheel.namelist():
        path = pathlib.PurePosixPath(name)
        if path.name.startswith(("libtensorflow_cc.so", "libtensorflow_framework.so")):
            to = deps / "lib" / path.name
        elif name.startswith(headers) and path.suffix == ".h":
            to = deps / path.relative_to("tensorflow")
        else:
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        with wheel.open(name) as source, open(to, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
PYTHON

echo "3 of 3: the bridge between both"
mkdir -p "$new/lib/napi-v8"
g++ -std=c++17 -O2 -shared -fPIC -w -DNAPI_VERSION=8 \
  -I "$work/node_modules/node-api-headers/include" -I "$new/deps/include" "$new"/binding/*.cc \
  -L "$new/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 "-Wl,-rpath,\$ORIGIN/../../deps/lib" \
  -o "$new/lib/napi-v8/tfjs_binding.node"

# What it needs lies inside of it: one folder to delete, and Masque's own TensorFlow.js stays as it is.
rm -rf "$new/deps/include" "$work/node_modules/node-api-headers" "$work/node_modules/.bin" "$to/$place"
mv "$new" "$work/done"
mv "$work/node_modules" "$work/done/node_modules"
mv "$work/done" "$to/$place"
works
[ "$to" = "$here" ] || echo "Tell Node where it is: export NODE_PATH=$(cd "$to" && pwd)/node_modules"
