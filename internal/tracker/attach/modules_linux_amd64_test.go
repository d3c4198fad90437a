package attach

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/halt"
)

// TestTheLibraryIsToldWhatTheLoaderWouldTell it: what is mapped, in the loader's order and by its names, and where functions are.
func TestTheLibraryIsToldWhatTheLoaderWouldTell(t *testing.T) {
	for name, program := range map[string]func() string{
		"dynamic":       func() string { return testkit.Build(t, "module_list.c", "-O1", "-fPIE", "-pie") },
		"not relocated": func() string { return testkit.Build(t, "module_list.c", "-O1", "-fPIC", "-no-pie") },
		"musl": func() string {
			return testkit.BuildWith(t, testkit.Tool(t, "musl-gcc"), "module_list.c", "-O1", "-fPIC")
		},
		"by hashes of System V": func() string {
			return testkit.Build(t, "module_list.c", "-O1", "-fPIC", "-Wl,--hash-style=sysv", "-Wl,-z,norelro", "-lm")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := exec.Command(program())
			in, err := c.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { in.Close(); io.Copy(io.Discard, out); c.Wait() }()
			var want []string
			for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "ready"; {
				want = append(want, lines.Text())
			}
			target, err := Open(c.Process.Pid)
			if err != nil {
				t.Fatal(err)
			}
			entry, err := target.entry()
			if err != nil {
				t.Fatal(err)
			}
			memory, err := openMemory(target.Proc)
			if err != nil {
				t.Fatal(err)
			}
			defer memory.Close()
			i, err := readImage(memory, target.Proc, entry)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range i.modules {
				got = append(got, fmt.Sprintf("module=%x %x %d %s", m.bias, m.headers, m.headerCount, m.name))
			}
			iterate, errnoAt := i.libc(memory)
			got = append(got, fmt.Sprintf("dl_iterate_phdr=%x", iterate), fmt.Sprintf("__errno_location=%x", errnoAt))
			if !slices.Equal(got, want) {
				t.Errorf("%q\nwant\n%q", got, want)
			}
		})
	}
}

// TestWhereTheCLibraryKeepsAThreadsIDIsFound in glibc and musl, with one thread and with several.
func TestWhereTheCLibraryKeepsAThreadsIDIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		program func() string
		want    uint32
	}{
		"glibc":             {func() string { return testkit.Build(t, "waiting.c", "-O2", "-pthread") }, 0x2d0},
		"glibc, one thread": {func() string { return testkit.Build(t, "module_list.c", "-O1", "-fPIE", "-pie") }, 0x2d0},
		"musl": {func() string {
			return testkit.BuildWith(t, testkit.Tool(t, "musl-gcc"), "waiting.c", "-O2", "-pthread")
		}, 0x30},
	} {
		t.Run(name, func(t *testing.T) {
			c := exec.Command(test.program())
			in, err := c.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			c.Stderr = os.Stderr
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "ready"; {
			}
			p := procfs.Process(c.Process.Pid)
			memory, err := openMemory(p)
			if err != nil {
				t.Fatal(err)
			}
			defer memory.Close()
			var got uint32
			err = patience{}.retry(func() error {
				_, err := stopped(p, func(s *halt.Stopped) error {
					got = tidAt(memory, s)
					return nil
				})
				return err
			})
			if err != nil || got != test.want {
				t.Errorf("%#x, %v; want %#x", got, err, test.want)
			}
			in.Close()
			io.Copy(io.Discard, out)
			c.Wait()
		})
	}
}
