//go:build linux && amd64

package preload

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// pythons are the versions of CPython whose layouts are known.
var pythons = regexp.MustCompile(`python3\.(9|1[0-4])$`)

// installed returns what a pattern below Debian's and pyenv's directories finds of these versions.
func installed(t *testing.T, pattern string) []string {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, root := range []string{"/usr", filepath.Join(home, ".pyenv/versions/*")} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if pythons.MatchString(f) {
				all = append(all, f)
			}
		}
	}
	return all
}

// layoutProgram prints the offsets that a version's headers give, and those of the layout.
const layoutProgram = `
#define Py_BUILD_CORE 1
#include <Python.h>
#if PY_VERSION_HEX >= 0x030b0000
#include <internal/pycore_frame.h>
#if PY_VERSION_HEX >= 0x030e0000
#include <internal/pycore_interpframe_structs.h>
#include <internal/pycore_stackref.h>
#endif
#else
#include <frameobject.h>
#endif
#include "%s/csrc/python_layout.c"
#define SAME(field, type, member) if (l->field != offsetof(type, member)) printf(#field " is %%zu in the headers, and %%u here\n", offsetof(type, member), (unsigned)l->field)
int main(void) {
	const struct python_layout *l = python_layout(PY_MINOR_VERSION);
	if (!l) return puts("not known"), 0;
	SAME(thread_id, PyThreadState, thread_id);
	SAME(name, PyCodeObject,
#if PY_VERSION_HEX >= 0x030b0000
		co_qualname
#else
		co_name
#endif
	);
	SAME(file, PyCodeObject, co_filename);
	SAME(first_line, PyCodeObject, co_firstlineno);
#if PY_VERSION_HEX >= 0x030a0000
	SAME(line_table, PyCodeObject, co_linetable);
#else
	SAME(line_table, PyCodeObject, co_lnotab);
#endif
#if PY_VERSION_HEX < 0x030b0000
	SAME(frame, PyThreadState, frame);
	SAME(code, PyFrameObject, f_code);
	SAME(back, PyFrameObject, f_back);
	SAME(at, PyFrameObject, f_lasti);
#else
	SAME(back, _PyInterpreterFrame, previous);
	SAME(instructions, PyCodeObject, co_code_adaptive);
#if PY_VERSION_HEX < 0x030d0000
	SAME(frame, PyThreadState, cframe);
	SAME(held, _PyCFrame, current_frame);
	SAME(code, _PyInterpreterFrame, f_code);
	SAME(at, _PyInterpreterFrame, prev_instr);
#else
	SAME(frame, PyThreadState, current_frame);
	SAME(code, _PyInterpreterFrame, f_executable);
	SAME(at, _PyInterpreterFrame, instr_ptr);
#endif
#if PY_VERSION_HEX < 0x030c0000
	SAME(calls_back, _PyCFrame, previous);
	SAME(entry_byte, _PyInterpreterFrame, is_entry);
#else
	SAME(entry_byte, _PyInterpreterFrame, owner);
#if PY_VERSION_HEX < 0x030e0000
	if (PYTHON_OWNED_BY_CALL != FRAME_OWNED_BY_CSTACK) puts("another owner");
#else
	if (PYTHON_OWNED_BY_CALL != FRAME_OWNED_BY_INTERPRETER) puts("another owner");
	if (l->code_tags != Py_TAG_BITS) puts("other tags");
#endif
#endif
#endif
	if (PYTHON_TYPE_FLAGS != offsetof(PyTypeObject, tp_flags) || PYTHON_TYPE_READY != Py_TPFLAGS_READY) puts("types have other flags");
	if (l->ascii != sizeof(PyASCIIObject) || l->compact != sizeof(PyCompactUnicodeObject)) puts("texts have other headers");
	if (PYTHON_OBJECT_TYPE != offsetof(PyObject, ob_type) || PYTHON_BYTES_SIZE != offsetof(PyVarObject, ob_size) || PYTHON_BYTES != offsetof(PyBytesObject, ob_sval)) puts("objects have other headers");
	if (PYTHON_TEXT_LENGTH != offsetof(PyASCIIObject, length) || PYTHON_TEXT_STATE != offsetof(PyASCIIObject, state)) puts("texts have other fields");
	return 0;
}
`

func TestPythonsLayoutsAreThoseOfItsHeaders(t *testing.T) {
	testkit.Tool(t, "gcc")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(t.TempDir(), "layout.c")
	if err := os.WriteFile(source, fmt.Appendf(nil, layoutProgram, here), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, headers := range installed(t, "include/python3.*") {
		if _, err := os.Stat(filepath.Join(headers, "internal")); err != nil {
			continue // Debian has a file there without the package of headers
		}
		t.Run(filepath.Base(headers), func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), "layout")
			if out, err := exec.Command("gcc", "-w", "-I", headers, "-I", filepath.Join(headers, "internal"), "-o", program, source).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if got := runC(t, "", program); got != "" {
				t.Error(got)
			}
		})
	}
}

// linesOfPython prints of all functions of some modules what the program python_lines reads.
const linesOfPython = `
import dis, importlib, sys, types
kind = {9: 0, 10: 1}.get(sys.version_info[1], 2)
def tell(code, seen):
    table = code.co_lnotab if kind == 0 else code.co_linetable
    last = len(code.co_code)
    if kind == 0:
        starts = list(dis.findlinestarts(code))
        pairs = [(o, max(l for s, l in starts if s == max(s for s, _ in starts if s <= o))) for o in range(0, last, 2) if starts and starts[0][0] <= o]
    else:
        pairs = [(o, line or code.co_firstlineno) for start, end, line in code.co_lines() for o in range(start, end, 2)]
    print(kind, code.co_firstlineno, table.hex() or "-", *[":%d %d" % p for p in pairs[::max(1, len(pairs) // 40)]])
    for c in code.co_consts:
        if isinstance(c, types.CodeType):
            tell(c, seen)
for name in ["argparse", "asyncio.base_events", "json.decoder", "typing", "inspect", "dataclasses", "difflib", "tarfile"]:
    file = importlib.import_module(name).__file__
    tell(compile(open(file, encoding="utf-8").read(), file, "exec"), set())
`

func TestLinesOfPythonsFunctionsAreThoseThatItTells(t *testing.T) {
	testkit.Tool(t, "python3")
	program := buildC(t, "python_lines", "python_code.c", "codes.c", "host.c", "ring.c", "sys.c", "text.c")
	for _, python := range installed(t, "bin/python3.*") {
		t.Run(filepath.Base(python), func(t *testing.T) {
			t.Parallel()
			out, err := exec.Command(python, "-c", linesOfPython).Output()
			if err != nil {
				t.Fatal(err)
			}
			got := runC(t, string(out), program)
			var differ, pairs int
			if _, err := fmt.Sscanf(got[strings.LastIndex(strings.TrimSpace(got), "\n")+1:], "%d of %d differ", &differ, &pairs); err != nil || differ > 0 || pairs < 10000 {
				t.Error(got)
			}
		})
	}
}
