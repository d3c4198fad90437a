#!/usr/bin/env bash
# Checks the tracker library's sources beyond what their build does: no warning
# under gcc and clang, for amd64 and arm64; the names of what files share; and a
# run of libFuzzer, of so many seconds (default 60), over the reader of unwind
# information. Needs clang and its runtime, and Debian's gcc-aarch64-linux-gnu.
# Their format is .ci/lint's.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for compiler in gcc clang aarch64-linux-gnu-gcc 'clang --target=aarch64-linux-gnu'; do
  for source in csrc/*.c; do
    # Optimized, since some warnings come from there.
    $compiler -std=c11 -D_GNU_SOURCE -O2 -fPIC -ffreestanding -Wall -Wextra -Wconversion -Werror -c -o "$work/object" "$source"
  done
  echo "$compiler has nothing to say about csrc"
done
mapfile -t attached < <(./build.sh --attached-sources)
for compiler in gcc clang; do
  for source in "${attached[@]}"; do
    $compiler -std=c11 -D_GNU_SOURCE -O2 -fPIC -ffreestanding -DHEAPPROF_ATTACHED -Wall -Wextra -Wconversion -Werror -c -o "$work/object" "$source"
  done
  echo "$compiler has nothing to say about what is for processes that run already"
done

# A function or variable that others can see has the name of its file in front, so that a
# reader finds it; but for those that the library exports, memcpy and memset, and core_start
# (core.h).
check_names() { # source flag...
  local room foreign
  room=$(basename "$1" .c)
  gcc -std=c11 -D_GNU_SOURCE -O2 -fPIC -ffreestanding -fvisibility=hidden "${@:2}" -c -o "$work/object" "$1"
  foreign=$(objdump -t "$work/object" | awk '/ g / && / \.hidden / { print $NF }' | grep -vE "^(${room}(_.*)?|memcpy|memset|core_start)$" || true)
  [ -z "$foreign" ] || { echo "$1: not named after their file:" $foreign >&2; exit 1; }
}
for source in csrc/*.c; do check_names "$source"; done
for source in "${attached[@]}"; do check_names "$source" -DHEAPPROF_ATTACHED; done
echo "what files share is named after them"

# What a file's .eh_frame_hdr and .eh_frame hold, as they lie in memory.
mkdir "$work/seeds" "$work/corpus"
for file in /bin/true /bin/ls "$(gcc -print-file-name=libgcc_s.so.1)" "$(gcc -print-file-name=libm.so.6)" ./libheapprof-amd64.so; do
  objcopy -O binary --only-section=.eh_frame_hdr --only-section=.eh_frame "$file" "$work/seeds/$(basename "$file")"
done
# The library's own memcpy and memset must not take the place of the sanitizers'.
clang -std=c11 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -Dmemcpy=tracker_memcpy -Dmemset=tracker_memset -o "$work/cfi_fuzz" ctest/cfi_fuzz.c csrc/cfi.c csrc/text.c
log=$work/log
if ! "$work/cfi_fuzz" -max_total_time="$seconds" -max_len=32768 -timeout=10 -detect_leaks=0 \
    -artifact_prefix="$work/" -print_final_stats=1 "$work/corpus" "$work/seeds" >"$log" 2>&1; then
  tail -n 60 "$log" >&2
  for input in "$work"/crash-* "$work"/timeout-* "$work"/oom-*; do
    [ -f "$input" ] && { echo "the input, base64:"; base64 "$input"; } >&2
  done
  exit 1
fi
echo "the CFI reader withstood $(awk '/number_of_executed_units/ { print $2 }' "$log") inputs in $seconds s"
