package attach

import (
	"testing"
	"time"

	"heapprof/internal/testkit"
)

// TestAnExceptionPassesTheHooksOfAnOperatorThatThrows has one thrown through a hook's frame, of which the program's unwinder
// learns from the library.
func TestAnExceptionPassesTheHooksOfAnOperatorThatThrows(t *testing.T) {
	program := testkit.BuildWith(t, "g++", "attached_throws.cc", "-O1", "-pthread")
	s := begin(t, program)
	code := program + " r-xp"
	was, hooked := likenessOf(t, s.proc), false
	for range cycles(3) {
		session := attached(t, s.Process.Pid)
		time.Sleep(20 * time.Millisecond)
		hooked = hooked || likenessOf(t, s.proc).code[code] != was.code[code]
		session.detach(t)
	}
	if was.code[code] == "" || !hooked {
		t.Error("its operator new was not hooked")
	}
	if counts := s.output(t); counts["wrong"] != 0 || counts["caught"] == 0 {
		t.Errorf("%v", counts)
	}
}
