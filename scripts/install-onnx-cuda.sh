#!/usr/bin/env bash
# Puts CUDA beside npm's onnxruntime for `--device cuda`, out of PyPI's wheels (Linux x64): the provider of the same
# release, and NVIDIA's CUDA 13 libraries unless the system has them. npm's package brings no provider, and its own
# install script downloads one for CUDA 12 from NuGet.
#
#   scripts/install-onnx-cuda.sh [--libraries] [FOLDER]
#
#   --libraries  also download CUDA 13 and cuDNN 9 (2 GB unpacked) into FOLDER/node_modules/.cuda
#   FOLDER       where node_modules lies (default: here)
#
# Needs node and python3 with pip; for running, NVIDIA's driver 580 or newer. npm ci removes it again.
set -euo pipefail

libraries=no
folder=.
while [ $# -gt 0 ]; do
  case $1 in
    --libraries) libraries=yes; shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    -*) echo "unknown flag $1 (--help says what is allowed)" >&2; exit 2 ;;
    *) folder=$1; shift ;;
  esac
done

fail() { echo "install-onnx-cuda: $1" >&2; exit 1; }
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "onnxruntime has CUDA for Linux on x64 only"
for tool in node python3 ldd; do command -v $tool >/dev/null || fail "$tool is missing"; done
package=$folder/node_modules/onnxruntime-node
[ -f "$package/package.json" ] || fail "$package is missing: npm ci brings it"
target=$(cd "$package/bin/napi-v6/linux/x64" && pwd)
version=$(node -p 'require(require("path").resolve(process.argv[1])).version' "$package/package.json")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
download() {
  python3 -m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.12 \
    --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux_2_27_x86_64 \
    --platform manylinux_2_28_x86_64 --dest "$work" "$@"
}
# unpack WHEELS FOLDER PATTERN: the files whose path matches, without their folders
unpack() {
  python3 - "$@" <<'PY'
import fnmatch, os, shutil, sys, zipfile
*wheels, folder, pattern = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
for wheel in wheels:
    with zipfile.ZipFile(wheel) as archive:
        for name in fnmatch.filter(archive.namelist(), pattern):
            with archive.open(name) as source, open(os.path.join(folder, os.path.basename(name)), "wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
PY
}

echo "the CUDA provider of onnxruntime $version"
download "onnxruntime-gpu==$version"
unpack "$work"/onnxruntime_gpu-*.whl "$target" 'onnxruntime/capi/libonnxruntime_providers_[cs][uh]*.so'
rm "$work"/*.whl

path=${LD_LIBRARY_PATH:-}
if [ $libraries = yes ]; then
  echo "CUDA 13 and cuDNN 9"
  cuda=$(cd "$folder/node_modules" && pwd)/.cuda
  # the releases of CUDA 13.0, which the oldest driver for CUDA 13 runs
  download 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-nvrtc==13.0.*' 'nvidia-nvjitlink==13.0.*' 'nvidia-cublas==13.1.0.*' \
    'nvidia-cufft==12.0.*' 'nvidia-curand==10.4.0.*' 'nvidia-cudnn-cu13==9.*'
  unpack "$work"/nvidia_*.whl "$cuda" 'nvidia/*/lib/*.so*'
  path=$cuda${path:+:$path}
fi

missing=$(LD_LIBRARY_PATH=$path ldd "$target/libonnxruntime_providers_cuda.so" | sed -n 's/^\s*\(\S*\) => not found$/\1/p' | paste -sd' ')
if [ -n "$missing" ]; then
  echo "it does not find $missing"
  case $missing in *libcuda.so.1*) echo "libcuda.so.1 comes with NVIDIA's driver" ;; esac
  [ $libraries = yes ] || echo "name the folders of CUDA 13's libraries in LD_LIBRARY_PATH, or take --libraries"
fi
[ $libraries = no ] || echo "before you start colora: export LD_LIBRARY_PATH=$path"
echo "then colora devices tries it"
