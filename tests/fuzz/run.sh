#!/bin/sh
# Builds the fuzz targets with libFuzzer and the sanitizers, and runs one after
# the other; called by `make fuzz`. In fuzz/ of the build folder it leaves the
# programs, the inputs each found interesting (corpus-TARGET), its log, and the
# failing inputs (TARGET-crash-..., -leak-, -timeout-).
#
# usage: run.sh SRCDIR TARGET ...
set -eu

srcdir=$1
shift
checks='-fsanitize=address,undefined -fno-sanitize-recover=undefined'
mkdir -p fuzz/objects
command -v "${FUZZ_CC:=clang}" >/dev/null || {
  echo "fuzz: $FUZZ_CC is missing (Debian: clang)" >&2
  exit 1
}

# compile SANITIZERS SOURCE...: into fuzz/objects. Flags are many words.
# shellcheck disable=SC2086
compile() {
  sanitizers=$1
  shift
  for source; do
    case $source in
    *.c)
      $FUZZ_CC -g -O1 $sanitizers $FUZZ_CPPFLAGS -c "$srcdir/$source" \
        -o "fuzz/objects/$(basename "$source" .c).o"
      ;;
    esac
  done
}

# shellcheck disable=SC2086
build() {
  rm -f fuzz/objects/*
  compile "$checks -fsanitize=fuzzer-no-link" $FUZZ_SOURCES
  compile "$checks" $FUZZ_HELPERS # without coverage feedback
  rm -f fuzz/objects.a
  ar cr fuzz/objects.a fuzz/objects/*.o
  for target; do
    $FUZZ_CC -g -O1 $checks -fsanitize=fuzzer $FUZZ_CPPFLAGS \
      -o "fuzz/$target" "$srcdir/tests/fuzz/fuzz_$target.c" \
      fuzz/objects.a $FUZZ_LIBS
  done
}

# Long enough to reach a target's limits.
longest() {
  case $1 in
  json | error | chat | messages | responses | embeddings) echo 40000 ;;
  duration) echo 128 ;;
  *) echo 8192 ;;
  esac
}

run() {
  mkdir -p "fuzz/corpus-$1"
  "fuzz/$1" -max_total_time="$FUZZ_SECONDS" -max_len="$(longest "$1")" \
    -entropic_scale_per_exec_time=1 -timeout=10 -rss_limit_mb=1024 \
    -print_final_stats=1 \
    -artifact_prefix="fuzz/$1-" "fuzz/corpus-$1" \
    "$srcdir/tests/fuzz/corpus/$1" >"fuzz/$1.log" 2>&1
}

build "$@"
failed=0
for target; do
  echo "fuzz: $target, $FUZZ_SECONDS s"
  if run "$target"; then
    sed -n 's/^stat::number_of_executed_units: */  inputs tried: /p' \
      "fuzz/$target.log"
  else
    failed=$((failed + 1))
    grep -E 'does not hold|ERROR|SUMMARY|written to' "fuzz/$target.log" || :
    echo "fuzz: $target FAILED, see fuzz/$target.log" >&2
  fi
done
exit "$failed"
