//go:build linux

package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"heapprof/internal/testkit/fixture"
)

// cplusplus is a program in C++ whose threads throw, jump over frames and out of signal handlers, begin and end.
func cplusplus() subject {
	return own("c++", false, "tormented.cc", []string{"-O2", "-g", "-pthread"})
}

// special returns programs that do one thing that is hard on who attaches.
func special() []subject {
	plain := []string{"-O2", "-g", "-pthread"}
	all := []subject{
		own("malloc", true, "hammered.c", plain),
		own("static", true, "hammered.c", append([]string{"-static"}, plain...)),
		loading(),
		own("forking", false, "forking.c", plain),
		own("forking-static", false, "forking.c", append([]string{"-static"}, plain...)),
		own("signals", true, "alarmed.c", plain),
		own("crowd", true, "crowded.c", plain, "500"),
		own("coroutines", true, "switching.c", plain),
		own("io_uring", true, "ringed.c", plain),
		parked("waiting"),
		parked("headless"),
		musl("musl", "-pthread"),
		musl("musl-static", "-pthread", "-static"),
	}
	for _, l := range fixture.LinkedAllocators() {
		all = append(all, tellers(subject{name: l.Name}, func(w *workshop) ([][]string, error) {
			program, err := l.Build("hammered.c")
			return [][]string{{program, restArgument(w.rest)}}, err
		}))
	}
	for _, library := range []string{"libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2"} {
		name, _, _ := strings.Cut(strings.TrimPrefix(library, "lib"), ".")
		all = append(all, preloaded(name+"-preloaded", library))
	}
	return all
}

// loading is a program that loads and unloads two libraries.
func loading() subject {
	return tellers(subject{name: "dlopen"}, func(w *workshop) ([][]string, error) {
		line, err := fixture.Build("loading.c", "-O2", "-g", "-pthread")
		words := []string{line, restArgument(w.rest)}
		for _, flags := range [][]string{{"-DNAME=one"}, {"-DNAME=two", "-DPAD=100"}} {
			library, buildErr := fixture.Build("plugin.c", append([]string{"-shared", "-fPIC", "-g"}, flags...)...)
			if buildErr != nil {
				return nil, buildErr
			}
			words = append(words, library)
		}
		return [][]string{words}, err
	})
}

// musl is a program of the C library musl's.
func musl(name string, flags ...string) subject {
	return tellers(subject{name: name, steady: true}, func(w *workshop) ([][]string, error) {
		program, err := fixture.BuildWith("musl-gcc", "hammered.c", append([]string{"-O2", "-g"}, flags...)...)
		return [][]string{{program, restArgument(w.rest)}}, err
	})
}

// preloaded is a program whose allocator comes with LD_PRELOAD.
func preloaded(name, library string) subject {
	return tellers(subject{name: name}, func(w *workshop) ([][]string, error) {
		program, err := fixture.Build("hammered.c", "-O2", "-g", "-pthread")
		if err != nil {
			return nil, err
		}
		found, _ := filepath.Glob("/usr/lib/*/" + library) // the pattern has no fault
		if len(found) == 0 {
			return nil, fmt.Errorf("%s is not installed", library)
		}
		return [][]string{{"LD_PRELOAD=" + found[0], program, restArgument(w.rest)}}, nil
	})
}

// parked is a program that waits in all ways, and sees whether a wait ends too early: it tells that only at its end.
func parked(how string) subject {
	return subject{name: how, start: func(_ context.Context, w *workshop) (*running, error) {
		program, err := fixture.Build("parked.c", "-O2", "-pthread", "-lm")
		if err != nil {
			return nil, err
		}
		a := &answers{}
		t, err := startTeller(exec.Command(program, how), w.dir, a)
		if err != nil {
			return nil, err
		}
		// It says nothing on its way.
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					a.good(1)
				}
			}
		}()
		end := func() error {
			defer close(stop)
			if t.process.ended() {
				return fmt.Errorf("it has ended by itself: %v", t.process.err)
			}
			t.in.Close()
			t.process.await(endPatience)
			t.read.Wait()
			const status = 3 // as it should
			if got := t.process.cmd.ProcessState.ExitCode(); got != status {
				return fmt.Errorf("its status is %d", got)
			}
			for name, n := range t.told {
				if name != "turns" && n != 0 {
					a.bad("%s saw %d", name, int64(n))
				}
			}
			return nil
		}
		return &running{pids: []int{t.process.pid()}, answers: a, end: end}, nil
	}}
}

// restArgument is how long a program rests after each turn, in microseconds, as tellers take it in their first argument.
func restArgument(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }
