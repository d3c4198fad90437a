package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestOnlyTheFirstCollectionIsLater(t *testing.T) {
	const percent = 70
	defer debug.SetGCPercent(debug.SetGCPercent(percent))
	now := func() uint64 {
		gogc := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(gogc)
		return gogc[0].Value.Uint64()
	}
	collectLater()
	if got := now(); got != 800 {
		t.Errorf("before the first collection GOGC is %d", got)
	}
	runtime.GC()
	for end := time.Now().Add(10 * time.Second); now() != percent; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after the first collection GOGC is %d, want %d", now(), percent)
		}
	}
}
