//go:build linux && (amd64 || arm64)

package launch

import (
	"bytes"
	"os"
	"strconv"
	"testing"
)

func TestThisProcessBecomesTheLessLikelyVictim(t *testing.T) {
	const file = "/proc/self/oom_score_adj"
	read := func() int {
		text, _ := os.ReadFile(file)
		n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := read()
	BeNoVictim()
	after := read()
	if after == before && before > -999 {
		t.Skip("this process may not lower its oom_score_adj") // that takes CAP_SYS_RESOURCE, which no package brings
	}
	if want := max(before-victimStep, -999); after != want {
		t.Errorf("%d, want %d: it was %d", after, want, before)
	}
	if err := os.WriteFile(file, []byte(strconv.Itoa(before)), 0); err != nil {
		t.Error(err)
	}
}
