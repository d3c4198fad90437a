//go:build linux && (amd64 || arm64)

package launch

import (
	"bytes"
	"os"
	"strconv"

	"heapprof/internal/procfs"
)

// victimStep is by how much this process is less likely to be ended for want of memory than it was, in thousandths of the
// memory that there is: as long as it does not take half of that more than the program, it is the program that is
// ended, and what was recorded of it is kept. If heapprof is what fills the memory, it is ended, and the program runs on.
const victimStep = 500

// BeNoVictim lowers this process's oom_score_adj, where that is allowed (CAP_SYS_RESOURCE). It is called when the program has been
// started, which has its own value by then.
func BeNoVictim() {
	const never = -1000
	self, err := procfs.Self()
	if err != nil {
		return
	}
	text, err := os.ReadFile(self.Path("oom_score_adj"))
	if err != nil {
		return
	}
	if now, err := strconv.Atoi(string(bytes.TrimSpace(text))); err == nil {
		// Whoever may not is not told: it is no fault, and nothing is to be done about it.
		_ = os.WriteFile(self.Path("oom_score_adj"), []byte(strconv.Itoa(max(now-victimStep, never+1))), 0)
	}
}
