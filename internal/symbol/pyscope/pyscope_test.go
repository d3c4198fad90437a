package pyscope

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

const source = `
import os

class Store:
	"""def of_a_text(): in
class of_a_text: """
	limit = max(1,
2)

	@property
	# between
	@staticmethod
	def keep(self, a=(1,
			2)):
		text = 'it\'s "#' # (
		def key(x):
			return x \
				+ 1

		class Local: pass
		return [key(x) for x in
	text]

	class Inner:
		async  def wait(self):
			pass
	twice = 1
	if limit:
		def either(self):
			return 1
	else:
		def either(self):
			return 2

def keep():
	def keep():
		return 1
	return keep()
def one(): return one
x = 1; define = 2
`

func TestFunctionsAreWithinTheClassesAndFunctionsThatTheSourceHas(t *testing.T) {
	f, ok := Read([]byte(strings.ReplaceAll(source, "\n", "\r\n")))
	if !ok {
		t.Fatal("it does not take it")
	}
	for _, c := range []struct {
		name string
		line int
		want string
	}{
		{"Store", 7, "Store"},
		{"keep", 10, "Store.keep"},
		{"keep", 15, "Store.keep"},
		{"keep", 22, "Store.keep"},
		{"key", 18, "Store.keep.<locals>.key"},
		{"Local", 20, "Store.keep.<locals>.Local"},
		{"Inner", 24, "Store.Inner"},
		{"wait", 26, "Store.Inner.wait"},
		{"either", 30, "Store.either"},
		{"either", 33, "Store.either"},
		{"keep", 38, "keep"},
		{"keep", 37, ""}, // one of two
		{"one", 39, "one"},
		{"key", 23, ""},
		{"of_a_text", 5, ""},
		{"ine", 40, ""},
		{"<listcomp>", 21, ""},
		{"wait", 1, ""},
	} {
		if got := f.Qualified(c.name, c.line); got != c.want {
			t.Errorf("%s at line %d: %q, want %q", c.name, c.line, got, c.want)
		}
	}
}

func TestWhatIsNoSourceOfAModuleIsNotTaken(t *testing.T) {
	for _, text := range []string{"x = (", "x = )", "x = 'a\n'", `x = """`, strings.Repeat("\t", 0) + nested(101)} {
		if _, ok := Read([]byte(text)); ok {
			t.Errorf("%.40q is taken", text)
		}
	}
	for _, text := range []string{"", "\n", "# only this", "\ufeffx = 1", nested(100)} {
		if _, ok := Read([]byte(text)); !ok {
			t.Errorf("%.40q is not taken", text)
		}
	}
}

func nested(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "class A:\n")
	}
	return b.String() + strings.Repeat(" ", n) + "x = 1\n"
}

// asPython prints a file's path, and of each function and class in it the name, a line and the qualified name that Python's compiler gives it.
const asPython = `
import importlib, sys, types
def tell(code, parent):
    if code.co_name[0] != "<":
        # CPython since 3.11 knows; before, a class says so of itself, and its functions are told by where they are.
        name = getattr(code, "co_qualname", parent + code.co_name)
        lines = {code.co_firstlineno} | {line for _, line in __import__("dis").findlinestarts(code) if line}
        print("%s %d %s" % (code.co_name, max(lines), name))
        parent = name + ("." if code.co_flags & 1 == 0 else ".<locals>.")
    for c in code.co_consts:
        if isinstance(c, types.CodeType):
            tell(c, parent)
for name in ["argparse", "asyncio.base_events", "json.decoder", "typing", "inspect", "dataclasses", "difflib", "tarfile", "unittest.mock", "enum"]:
    file = importlib.import_module(name).__file__
    print("file " + file)
    tell(compile(open(file, encoding="utf-8").read(), file, "exec"), "")
`

func TestNamesAreThoseThatPythonGives(t *testing.T) {
	out, err := exec.Command(testkit.Tool(t, "python3"), "-c", asPython).Output()
	if err != nil {
		t.Fatal(err)
	}
	var f File
	var all, told int
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if path, ok := strings.CutPrefix(line, "file "); ok {
			f = readFile(t, path)
			continue
		}
		var name, want string
		var at int
		if _, err := fmt.Sscan(line, &name, &at, &want); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all++
		switch got := f.Qualified(name, at); got {
		case "":
		case want:
			told++
		default:
			t.Errorf("%s at line %d: %q, want %q", name, at, got, want)
		}
	}
	if all < 900 || told*100 < all*98 {
		t.Errorf("of %d names it tells %d", all, told)
	}
}
