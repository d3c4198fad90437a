//go:build linux && (amd64 || arm64)

package shm

import (
	"strings"
	"testing"

	"heapprof/internal/tracker/wire"
)

// TestALimitOfAddressSpaceIsSharedOutOrRefusedBeforeTheRun: what runs out of it at the end
// loses the profile.
func TestALimitOfAddressSpaceIsSharedOutOrRefusedBeforeTheRun(t *testing.T) {
	const used = 735 << 20 // as Go has reserved it when it has started
	share, err := shareSpace(1500000<<10, used)
	if all := uint64(share.Heap) + uint64(share.Rings)*wire.RingStride; err != nil || share.Rings < 100 || all > 1500000<<10-used-leastSpace/4 {
		t.Errorf("%+v, %v: %d bytes", share, err, all)
	}
	for _, limit := range []uint64{0, used / 2, used, used + leastSpace - 1} {
		if share, err := shareSpace(limit, used); err == nil || !strings.Contains(err.Error(), "ulimit -v") {
			t.Errorf("%d bytes: %+v, %v", limit, share, err)
		}
	}
	if share, err := shareSpace(1<<60, used); err != nil || share.Rings != wire.MaxRings {
		t.Errorf("%+v, %v", share, err)
	}
	if used := addressSpace(); used < 1<<20 {
		t.Errorf("this process has %d bytes of address space", used)
	}
}
