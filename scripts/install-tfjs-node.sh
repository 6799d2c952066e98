#!/usr/bin/env bash
# Installs @tensorflow/tfjs-node for the tfjs engine against a current libtensorflow, out of PyPI's wheel (Linux x64).
# tfjs-node's own install script downloads a library of 2021 from a storage host; this takes npm and PyPI alone.
#
#   scripts/install-tfjs-node.sh [--cuda] [--tensorflow VERSION] [FOLDER]
#
#   --cuda        the wheel with CUDA 12.5 kernels (compute capability up to 9.0; needs the driver, CUDA and cuDNN 9):
#                 tfjs-node then computes on the card
#   --tensorflow  version of TensorFlow, 2.12 or newer (default 2.21.0)
#   FOLDER        where package.json and node_modules lie (default: here)
#
# Needs node with its headers (include/node), npm, python3 with pip, make and g++. package.json and the lock stay as
# they are; npm ci removes it again.
set -euo pipefail

package=tensorflow-cpu
version=2.21.0
folder=.
while [ $# -gt 0 ]; do
  case $1 in
    --cuda) package=tensorflow; shift ;;
    --tensorflow) version=${2:?--tensorflow needs a version}; shift 2 ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    -*) echo "unknown flag $1 (--help says what is allowed)" >&2; exit 2 ;;
    *) folder=$1; shift ;;
  esac
done

fail() { echo "install-tfjs-node: $1" >&2; exit 1; }
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "PyPI's wheel holds the library for Linux on x64 only"
[ -f "$folder/package.json" ] || fail "$folder holds no package.json"
for tool in node npm python3 make g++; do command -v $tool >/dev/null || fail "$tool is missing"; done
headers=$(node -p 'require("path").resolve(process.execPath, "../..")')
[ -f "$headers/include/node/node_api.h" ] || fail "node's headers are missing ($headers/include/node)"
gyp="$(npm root -g)/npm/node_modules/node-gyp/bin/node-gyp.js"
[ -f "$gyp" ] || fail "npm's node-gyp is missing ($gyp)"

cd "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "tfjs-node from npm, its install script not run"
[ -f node_modules/@tensorflow/tfjs-node/package.json ] ||
  npm install --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --silent @tensorflow/tfjs-node@4.22.0
target=$(cd node_modules/@tensorflow/tfjs-node && pwd)

echo "libtensorflow and its headers out of $package $version"
python3 -m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.11 \
  --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux_2_27_x86_64 \
  --dest "$work" "$package==$version"
rm -rf "$target/deps"
python3 - "$work"/*.whl "$target/deps" <<'PY'
import os, shutil, sys, zipfile
wheel, deps = sys.argv[1:]
libraries = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
headers = ("tensorflow/include/tensorflow/c/", "tensorflow/include/tensorflow/core/platform/",
           "tensorflow/include/tensorflow/tsl/", "tensorflow/include/tsl/", "tensorflow/include/xla/tsl/")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in libraries:
            out = os.path.join(deps, "lib", os.path.basename(name))
        elif name.startswith(headers) and name.endswith(".h"):
            out = os.path.join(deps, name[len("tensorflow/"):])
        else:
            continue
        os.makedirs(os.path.dirname(out), exist_ok=True)
        with archive.open(name) as source, open(out, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
PY
ln -s libtensorflow_cc.so.2 "$target/deps/lib/libtensorflow.so"
ln -s libtensorflow_framework.so.2 "$target/deps/lib/libtensorflow_framework.so"

echo "the binding, compiled"
(cd "$target" && node "$gyp" rebuild --silent --nodedir="$headers" --module_name=tfjs_binding \
  --module_path="$target/lib/napi-v8" --napi_build_version=8 --napi_version=8 >"$work/make.log" 2>&1) || { cat "$work/make.log" >&2; fail "the binding does not compile"; }
rm -rf "$target/build"

TF_CPP_MIN_LOG_LEVEL=3 node -e '
const tf = require("@tensorflow/tfjs-node");
const product = tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0];
if (tf.getBackend() !== "tensorflow" || product !== 11) throw new Error("tfjs-node does not compute");
console.log(`tfjs-node ${tf.version["tfjs-node"]} on TensorFlow ${tf.backend().binding.TF_Version} works`);'
