package attach

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// TestFiltersOfSystemCallsAreKeptTo: where they forbid what is needed it is said what that is, and what the library can do without it does
// without. The program would be killed.
func TestFiltersOfSystemCallsAreKeptTo(t *testing.T) {
	program := testkit.Build(t, "waiting.c", "-O2", "-pthread")
	for name, test := range map[string]struct {
		kills     []int
		want      profile.CauseCode // "": it is recorded
		call      string
		forbidden []string
	}{
		"of other calls":            {kills: []int{unix.SYS_MOUNT, unix.SYS_PTRACE, unix.SYS_BPF}},
		"that can be done without":  {kills: []int{unix.SYS_READLINKAT, unix.SYS_GETCWD, unix.SYS_KILL}, forbidden: []string{"READLINK", "GETCWD", "KILL"}},
		"of memory":                 {kills: []int{unix.SYS_MEMFD_CREATE}, want: profile.CallForbidden, call: "memfd_create"},
		"of threads":                {kills: []int{unix.SYS_CLONE}, want: profile.CallForbidden, call: "clone"},
		"of what the library needs": {kills: []int{unix.SYS_MREMAP}, want: profile.CallForbidden, call: "mremap"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, program, "kills="+strings.Trim(strings.ReplaceAll(fmt.Sprint(test.kills), " ", ","), "[]"))
			before := stateOf(t, s.proc)
			target, err := Open(int(s.proc))
			if err != nil {
				t.Fatal(err)
			}
			m, err := target.Share(64, nil)
			if err == nil {
				defer m.Close()
				m.Begin(shm.Settings{Depth: 64, MaxNodes: 1 << 20, Flags: wire.Attached})
				var library []byte
				if library, err = preload.Attached(); err != nil {
					t.Fatal(err)
				}
				err = target.Inject(InjectOptions{Library: library})
			}
			var refused *Error
			switch errors.As(err, &refused); {
			case refused != nil && refused.Cause.Code == profile.CallsFiltered && os.Getuid() != 0:
				t.Log("its filters are not to be known here")
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (refused == nil || refused.Cause.Code != test.want || !slices.Equal(refused.Cause.Names, []string{test.call})):
				t.Errorf("%v, want %s %s", err, test.want, test.call)
			}
			if err == nil {
				if got := forbiddenIn(t, target); !slices.Equal(got, test.forbidden) {
					t.Errorf("the library may not call %v, want %v", got, test.forbidden)
				}
			}
			if d, err := Detach(target.Proc, target.Undo, DetachOptions{Token: target.Token}); err != nil || d.Left != 0 {
				t.Errorf("%+v, %v", d, err)
			}
			if after := stateOf(t, s.proc); after != before {
				t.Errorf("%+v\nbefore:\n%+v", after, before)
			}
			s.FinishUnseen(t)
		})
	}
}

// forbiddenIn returns which calls the library was told that it may not make.
func forbiddenIn(t *testing.T, target *Target) (names []string) {
	t.Helper()
	memory, err := openMemory(target.Proc)
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	var told wire.AttachedStart
	if err := structure(memory, target.places.start, &told); err != nil {
		t.Fatal(err)
	}
	for i, c := range librarysCalls {
		if told.Forbidden>>i&1 != 0 {
			names = append(names, c.Name)
		}
	}
	return names
}

// TestTheCallsThatAreLookedAtAreThoseOfTheLibrary: in number and order as in preload/csrc.
func TestTheCallsThatAreLookedAtAreThoseOfTheLibrary(t *testing.T) {
	text, err := os.ReadFile("../preload/csrc/sys.h")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "enum sys_call {")
	list, _, _ = strings.Cut(list, "SYS_CALLS\n")
	var want, got []string
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(" ,\t\n", r) }) {
		if name, ok := strings.CutPrefix(word, "SYS_CALL_"); ok {
			want = append(want, name)
		}
	}
	for _, c := range librarysCalls {
		got = append(got, c.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if filters := (halt.Filters{}); !filters.Allows(librarysCalls[0]) {
		t.Error("no filter forbids something")
	}
}
