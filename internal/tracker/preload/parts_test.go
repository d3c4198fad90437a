//go:build linux && amd64

package preload

import "testing"

// TestPartsUnderSanitizers runs the tests in C of the tracker's parts, each of
// which says at its top what it holds its part to.
func TestPartsUnderSanitizers(t *testing.T) {
	ring := []string{"host.c", "ring.c", "sys.c"}
	for _, test := range []struct {
		name    string
		sources []string
		args    []string
		want    string
	}{
		{name: "ring_events", sources: ring, want: "11 of 1\n21 22 of 3\n31 32 33 of 6\nof 6\n41 42 of 8\n"},
		{name: "ring_doorbell", sources: ring, want: "asleep: 8\nawake: 0\n"},
		{name: "ring_order", sources: ring, want: "in order\n"},
		{name: "ring_full", sources: ring, want: "full\nwaiting\nwritten\n"},
		{name: "ring_no_recorder", sources: ring, args: []string{"killed"}, want: "stopped\n"},
		{name: "ring_no_recorder", sources: ring, args: []string{"gone"}, want: "stopped\n"},
		{name: "calltree_known", sources: ring, want: "2 events\n2 events\n5 events\n"},
		{name: "calltree_eviction", sources: ring, want: "each as asked for\n"},
		{name: "calltree_versions", sources: ring, want: "1 node left\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			program := buildC(t, test.name, test.sources...)
			if got := runC(t, "", program, test.args...); got != test.want {
				t.Errorf("printed %q, want %q", got, test.want)
			}
		})
	}
}
