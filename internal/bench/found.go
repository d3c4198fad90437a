package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"heapprof/internal/testkit/fixture"
)

// foundPrograms returns the programs that nobody here wrote, each with something to do that
// takes a good part of a second, as far as it is there.
func foundPrograms() []program {
	all := []program{
		{
			name: "perl",
			line: onPath("perl", "-e", `my %h; $h{$_} = "x$_" for 1..$ARGV[0]; print scalar(keys %h), "\n"`),
			full: []string{"500000"}, short: []string{"10000"},
		},
		{
			name: "python3",
			// In one line: those of heaptrack's own files have no other end.
			line: python("import json, sys; n = int(sys.argv[1]); " +
				"text = json.dumps([{'id': i, 'name': 'item %d' % i, 'tags': ['a', str(i)]} for i in range(n)]); " +
				"print(len(json.loads(text)))"),
			full: []string{"60000"}, short: []string{"200"},
		},
		{
			name: "node", threads: 5, // with those of its collector
			line: onPath("node", "-e", "const m = new Map(); for (let i = 0; i < +process.argv[1]; i++) m.set('k' + i, {i, s: 'v' + i}); console.log(m.size)"),
			full: []string{"300000"}, short: []string{"1000"},
		},
		{
			name: "php", optional: true,
			line: with("USE_ZEND_ALLOC=0", onPath("php", "-n", "-r",
				`$a = []; for ($i = 0; $i < $argv[1]; $i++) $a["k$i"] = [$i, "v$i"]; ksort($a); echo count($a), "\n";`, "--")),
			full: []string{"150000"}, short: []string{"3000"},
		},
		{
			name: "lua", optional: true,
			line: onPath("lua", "-e", "local t = {} for i = 1, tonumber(arg[1]) do t[i] = {name = 'item ' .. i} end "+
				"table.sort(t, function(a, b) return a.name < b.name end) print(#t)", "-"),
			full: []string{"200000"}, short: []string{"4000"},
		},
		{
			name: "jq", optional: true,
			line: onPath("jq", "-n", "[range($n | tonumber) | {id: ., name: \"item \\(.)\", tags: [., \"a\"]}] | "+
				"map(select(.id % 3 == 0)) | group_by(.id % 7) | map(length) | add", "--arg", "n"),
			full: []string{"60000"}, short: []string{"500"},
		},
		{
			name: "sqlite3",
			line: sqlite,
			full: []string{"200000"}, short: []string{"2000"},
		},
		{
			name: "inkscape", optional: true, threads: 2,
			line: inkscape,
			full: []string{"300"}, short: []string{"1"},
		},
		{
			name: "gdb", threads: 2, // the other reads symbols
			line: gdb,
			full: []string{"info functions way", "info line main"}, short: []string{"info line main"},
		},
		{
			name: "rustc", threads: 2, // the driver's own, and the compiler's
			line: rustc,
			full: []string{"300"}, short: []string{"3"},
		},
		{
			name: "g++ -O2 (cc1plus)",
			line: compiler("bench_templates.cc"),
			full: []string{"-O2", "-DSIZE=6"}, short: []string{"-O2", "-DSIZE=0"},
		},
		{
			name: "cc1plus, heavy on templates",
			line: compiler("bench_templates.cc"),
			full: []string{"-O2", "-DSIZE=30"}, short: []string{"-O2", "-DSIZE=0"},
		},
		{
			name: "redis-server",
			line: redis,
			full: []string{"50000"}, short: []string{"500"},
		},
		{
			name: "redis-server, pipelined",
			line: redis,
			full: []string{"300000", "-P", "16"}, short: []string{"3000", "-P", "16"},
		},
	}
	for i := range all {
		all[i].found = true
	}
	return all
}

// with returns a command line with an environment variable, NAME=VALUE.
func with(variable string, line commandLine) commandLine {
	return func(work string, args []string) (command, error) {
		c, err := line(work, args)
		c.env = append(c.env, variable)
		return c, err
	}
}

// python returns the command line of a script under the Python interpreter itself, as python3
// on PATH may be a script that looks for it.
func python(script string) commandLine {
	return with("PYTHONMALLOC=malloc", func(_ string, args []string) (command, error) {
		path, err := exec.LookPath("python3")
		if err != nil {
			return command{}, err
		}
		out, err := exec.Command(path, "-c", "import sys; print(sys.executable)").Output()
		if err != nil {
			return command{}, fmt.Errorf("asking %s where it is: %w", path, err)
		}
		return command{argv: append([]string{strings.TrimSpace(string(out)), "-c", script}, args...)}, nil
	})
}

// sqlite sorts as many strings as args[0] says, in memory.
func sqlite(_ string, args []string) (command, error) {
	path, err := exec.LookPath("sqlite3")
	return command{argv: []string{path, ":memory:", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < " + args[0] + ") " +
		"SELECT count(*), sum(length(x)) FROM (SELECT i, printf('item %d %s', i, hex(i)) x FROM n ORDER BY x);"}}, err
}

// gdb looks for something in a program with debug information; args are commands of its.
func gdb(_ string, args []string) (command, error) {
	path, err := exec.LookPath("gdb")
	if err != nil {
		return command{}, err
	}
	argv := []string{path, "-nx", "-batch"}
	for _, a := range args {
		argv = append(argv, "-ex", a)
	}
	program, err := fixture.Build("bench_many.c", "-O2", "-g", "-pthread")
	return command{argv: append(argv, program)}, err
}

// rustc looks at a library of as many functions as args[0] says. The compiler itself runs, as
// rustc on PATH may be a program that looks for it.
func rustc(work string, args []string) (command, error) {
	path, err := exec.LookPath("rustc")
	if err != nil {
		return command{}, err
	}
	out, err := exec.Command(path, "--print", "sysroot").Output()
	if err != nil {
		return command{}, fmt.Errorf("asking %s where it is: %w", path, err)
	}
	source := filepath.Join(work, "functions.rs")
	err = writeRepeated(source, args[0], "", func(i int) string {
		return fmt.Sprintf("pub fn f%d(x: u64) -> Option<u64> { x.checked_mul(%d) }\n", i, i)
	}, "")
	return command{argv: []string{filepath.Join(strings.TrimSpace(string(out)), "bin", "rustc"),
		"--crate-type", "lib", "--emit", "metadata", "-o", filepath.Join(work, "functions.rmeta"), source}}, err
}

// inkscape exports a drawing of as many groups as args[0] says. Its settings are in the
// directory work, not the user's.
func inkscape(work string, args []string) (command, error) {
	path, err := exec.LookPath("inkscape")
	if err != nil {
		return command{}, err
	}
	drawing := filepath.Join(work, "drawing.svg")
	err = writeRepeated(drawing, args[0], `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="800">`+"\n", func(i int) string {
		x, y := i*37%760, i*91%760
		return fmt.Sprintf(`<g transform="rotate(%d %d %d)"><path d="M%d %d q %d %d %d %d t 9 %d z" style="fill:#%06x;stroke:#000;opacity:0.5"/>`+
			`<text x="%d" y="%d" font-size="%d">t%d</text></g>`+"\n", i%90, x, y, x, y, i%40, i%23, i%31, i%17, i%13, i*7919%0xffffff, x, y, 8+i%9, i)
	}, "</svg>\n")
	return command{
		argv: []string{path, "--export-type=png", "--export-filename=" + filepath.Join(work, "drawing.png"), drawing},
		env:  []string{"INKSCAPE_PROFILE_DIR=" + filepath.Join(work, "inkscape")},
	}, err
}

// writeRepeated writes a file of a head, as many pieces as count says, and a tail.
func writeRepeated(file, count, head string, piece func(i int) string, tail string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		b.WriteString(piece(i))
	}
	b.WriteString(tail)
	return os.WriteFile(file, []byte(b.String()), 0o666)
}
