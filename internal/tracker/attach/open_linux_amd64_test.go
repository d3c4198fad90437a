package attach

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"

	"golang.org/x/sys/unix"
)

// causeOfOpening returns why a process is refused; "" if it is not.
func causeOfOpening(t *testing.T, pid int) profile.Cause {
	t.Helper()
	_, err := Open(pid)
	var refused *Error
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	} else if err != nil {
		return refused.Cause
	}
	return profile.Cause{}
}

// await waits until something is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within 20 s: ", what)
		}
	}
}

func TestWhatIsNoProcessThatCanBeRecordedIsRefused(t *testing.T) {
	const noProcess = 1<<22 + 1
	if got := causeOfOpening(t, noProcess); got.Code != profile.NoSuchProcess {
		t.Errorf("no process: %v", got)
	}
	if got := causeOfOpening(t, os.Getpid()); got.Code != profile.IsHeapprof || got.Number != int64(os.Getpid()) {
		t.Errorf("itself: %v", got)
	}
	s := begin(t, testkit.Build(t, "waiting.c", "-O2", "-pthread"))
	ids, err := s.proc.Threads()
	if err != nil || len(ids) != 8 {
		t.Fatal(ids, err)
	}
	if got := causeOfOpening(t, ids[3]); got.Code != profile.IsThread || got.Number != int64(s.proc) {
		t.Errorf("a thread: %v", got)
	}
	s.FinishUnseen(t)
	all, err := procfs.Processes()
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(all, func(p procfs.Process) bool { d, err := p.Detail(); return err == nil && d.KernelThread }); i < 0 {
		t.Log("no thread of the kernel's is to be seen here")
	} else if got := causeOfOpening(t, int(all[i])); got.Code != profile.KernelThread {
		t.Errorf("a thread of the kernel's: %v", got)
	}
	ended := exec.Command("true")
	if err := ended.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "it ends", func() bool { d, err := procfs.Process(ended.Process.Pid).Detail(); return err == nil && d.State == 'Z' })
	if got := causeOfOpening(t, ended.Process.Pid); got.Code != profile.HasEnded || got.Number != int64(os.Getpid()) {
		t.Errorf("one that has ended: %v", got)
	}
	ended.Wait()
}

// TestAProgramThatLostItsFirstThreadIsNoneThatHasEnded as others see it in a list of processes.
func TestAProgramThatLostItsFirstThreadIsNoneThatHasEnded(t *testing.T) {
	s := begin(t, parked(t), "headless")
	await(t, "its first thread ends", func() bool { d, err := s.proc.Detail(); return err == nil && d.State == 'Z' })
	target := injected(t, int(s.proc))
	if d, err := Detach(target.Proc, target.Undo, DetachOptions{Token: target.Token}); err != nil || d.Left != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	s.FinishUnseen(t)
}

func TestWhoTracesAProgramIsNamed(t *testing.T) {
	s := begin(t, testkit.Build(t, "waiting.c", "-O2", "-pthread"))
	tracer := exec.Command(testkit.Tool(t, "strace"), "-f", "-o", "/dev/null", "-p", s.proc.Path("")[len("/proc/"):len(s.proc.Path(""))-1])
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "it is traced", func() bool { status, _ := s.proc.ThreadStatus(int(s.proc)); return status.Tracer != 0 })
	if got := causeOfOpening(t, int(s.proc)); got.Code != profile.TracedByOther || got.Number != int64(tracer.Process.Pid) {
		t.Errorf("%v, and strace is %d", got, tracer.Process.Pid)
	}
	tracer.Process.Signal(unix.SIGINT)
	tracer.Wait()
	s.FinishUnseen(t)
}

func TestAProgramThatIsRecordedAlreadyIsRefused(t *testing.T) {
	s := begin(t, testkit.Build(t, "waiting.c", "-O2", "-pthread"))
	target := injected(t, int(s.proc))
	if got := causeOfOpening(t, int(s.proc)); got.Code != profile.AlreadyAttached || got.Number != int64(os.Getpid()) {
		t.Errorf("%v", got)
	}
	if _, err := Detach(target.Proc, target.Undo, DetachOptions{Token: target.Token}); err != nil {
		t.Error(err)
	}
	if got := causeOfOpening(t, int(s.proc)); !got.IsZero() {
		t.Errorf("afterwards: %v", got)
	}
	s.FinishUnseen(t)
}

func TestOfTwoThatAttachAtTheSameMomentOneIsRefused(t *testing.T) {
	s := begin(t, testkit.Build(t, "waiting.c", "-O2", "-pthread"))
	second, err := Open(int(s.proc))
	if err != nil {
		t.Fatal(err)
	}
	first := injected(t, int(s.proc))
	_, err = second.Share(64, nil)
	if c, ok := causeOf(err); !ok || c.Code != profile.AlreadyAttached || c.Number != int64(os.Getpid()) {
		t.Errorf("the second shares memory with it, too: %v", err)
	}
	for _, target := range []*Target{second, first} {
		if _, err := Detach(target.Proc, target.Undo, DetachOptions{Token: target.Token}); err != nil {
			t.Error(err)
		}
	}
	s.FinishUnseen(t)
}

// opens is the environment variable that makes a test a process that opens another one, and says why it cannot: "filtered", if it is to
// forbid itself to call ptrace, "cycles", if it is to put the library into it and to take it away until it is killed; and the number of that process.
const opens = "HEAPPROF_TEST_OPENS"

func TestMain(m *testing.M) {
	playRole()
	words := strings.Fields(os.Getenv(opens))
	if len(words) == 0 {
		os.Exit(m.Run())
	}
	if words[0] == "cycles" {
		cycle(words[1])
	}
	if words[0] == "filtered" {
		forbidTracing()
		words = words[1:]
	}
	pid, _ := strconv.Atoi(words[0])
	_, err := Open(pid)
	var refused *Error
	switch {
	case errors.As(err, &refused):
		fmt.Print(refused.Cause.Code, " ", refused.Cause.Number)
	case err != nil:
		fmt.Print(err)
	default:
		fmt.Print("opened")
	}
	os.Exit(0)
}

// forbidTracing has this process call ptrace no more.
func forbidTracing() {
	const load, equal, answer, denied = 0x20, 0x15, 0x06, 0x00050000 | uint32(unix.EPERM)
	code := []unix.SockFilter{{Code: load}, {Code: equal, Jf: 1, K: unix.SYS_PTRACE}, {Code: answer, K: denied}, {Code: answer, K: 0x7fff0000}}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	const filter, allThreads = 1, 1 // SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, filter, allThreads, uintptr(unsafe.Pointer(&program))); errno != 0 {
		panic(errno)
	}
}

// openedBy has another process open one, and returns what it says. before is a command that starts it, as setpriv.
func openedBy(t *testing.T, before []string, words string) string {
	t.Helper()
	opener := exec.Command(os.Args[0])
	if len(before) > 0 {
		opener = exec.Command(before[0], append(slices.Clone(before[1:]), readable(t, os.Args[0]))...)
	}
	opener.Env = append(os.Environ(), opens+"="+words)
	out, err := opener.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestAHeapprofIsNotRecordedByWhatItHasBegun(t *testing.T) {
	want := fmt.Sprintf("%s %d", profile.IsHeapprof, os.Getpid())
	if got := openedBy(t, nil, strconv.Itoa(os.Getpid())); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestWhyTheSystemDoesNotLetItBeTracedIsSaid for each rule of ptrace(2) that can be had here.
func TestWhyTheSystemDoesNotLetItBeTracedIsSaid(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("it takes root to make processes of other users")
	}
	setpriv := testkit.Tool(t, "setpriv")
	nobody := []string{setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"}
	program := testkit.Build(t, "waiting.c", "-O2", "-pthread")
	as := func(flags ...string) []string { return append(slices.Clone(nobody), flags...) }
	withMode := func(mode os.FileMode, user int) string {
		path := readable(t, program)
		if err := errors.Join(os.Chown(path, user, user), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, test := range map[string]struct {
		program, opener []string
		filtered        bool
		want            profile.CauseCode
		number          int
	}{
		"another user's":             {program: []string{readable(t, program)}, opener: nobody, want: profile.OthersProcess, number: 0},
		"a third user's":             {program: []string{setpriv, "--reuid=65533", "--regid=65533", "--clear-groups", readable(t, program)}, opener: nobody, want: profile.OthersProcess, number: 65533},
		"setuid":                     {program: as(withMode(0o755|os.ModeSetuid, 0)), opener: nobody, want: profile.SetuidProcess, number: 0},
		"not to be read":             {program: as(withMode(0o711, 0)), opener: nobody, want: profile.CannotRead},
		"not to be looked into":      {program: as(readable(t, program), "hidden"), opener: nobody, want: profile.NotDumpable},
		"with capabilities":          {program: as("--inh-caps=+net_raw", "--ambient-caps=+net_raw", readable(t, program)), opener: nobody, want: profile.MoreCapabilities},
		"root without a capability":  {program: []string{readable(t, program)}, opener: []string{setpriv, "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"}, want: profile.NoTraceCapability},
		"from a user namespace":      {program: []string{readable(t, program)}, opener: []string{"unshare", "--user", "--map-root-user"}, want: profile.UserNamespace},
		"by one that may not":        {program: []string{readable(t, program)}, filtered: true, want: profile.TracingFiltered},
		"one's own, as another user": {program: as(readable(t, program)), opener: nobody, want: "opened"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, test.program...)
			words := strconv.Itoa(int(s.proc))
			want := fmt.Sprint(test.want, " ", test.number)
			if test.want == "opened" {
				want = "opened"
			}
			if test.filtered {
				words = "filtered " + words
			}
			if got := openedBy(t, test.opener, words); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			s.FinishUnseen(t)
		})
	}
}

// TestAProgramForAnotherProcessorIsRefused: one of 32 bits, that waits.
func TestAProgramForAnotherProcessorIsRefused(t *testing.T) {
	const at, codeAt = 0x08048000, 52 + 32
	code := "\xb8\x04\x00\x00\x00\xbb\x01\x00\x00\x00\xb9\x7d\x80\x04\x08\xba\x06\x00\x00\x00\xcd\x80" + // write(1, "ready\n", 6)
		"\xb8\x1d\x00\x00\x00\xcd\x80" // pause()
	text := "ready\n"
	code = strings.Replace(code, "\x7d\x80\x04\x08", string(binary.LittleEndian.AppendUint32(nil, uint32(at+codeAt+len(code)))), 1)
	size := uint32(codeAt + len(code) + len(text))
	var file bytes.Buffer
	file.WriteString("\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for _, v := range []any{
		uint16(2), uint16(3), uint32(1), uint32(at + codeAt), uint32(52), uint32(0), uint32(0), uint16(52), uint16(32), uint16(1), uint16(0), uint16(0), uint16(0),
		uint32(1), uint32(0), uint32(at), uint32(at), size, size, uint32(5), uint32(4096),
	} {
		if err := binary.Write(&file, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	file.WriteString(code + text)
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, file.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	probe := exec.Command(path)
	if err := probe.Start(); err != nil {
		t.Skip("the kernel runs no programs of 32 bits: ", err)
	}
	probe.Process.Kill()
	probe.Wait()
	s := begin(t, path)
	if got := causeOfOpening(t, int(s.proc)); got.Code != profile.OtherMachine || !slices.Equal(got.Names, []string{"i386", "x86-64"}) {
		t.Errorf("%v", got)
	}
}
