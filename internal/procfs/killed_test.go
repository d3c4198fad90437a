package procfs

import "testing"

func TestTheLogNamesWhoWasEndedForWantOfMemory(t *testing.T) {
	const kib = 1 << 10
	for record, want := range map[string]Killed{
		"3,1234,82249251400,-;Memory cgroup out of memory: Killed process 5288 (grow) total-vm:184712kB, anon-rss:179072kB, file-rss:1380kB, shmem-rss:4kB, UID:0 pgtables:400kB oom_score_adj:0\n SUBSYSTEM=x\n": {5288, 179072 * kib, true},
		"3,1,2,-;Out of memory: Killed process 7 (a) b) total-vm:1kB, anon-rss:2kB, file-rss:0kB, shmem-rss:0kB\n":                                                                                                {7, 2 * kib, false},
		"3,1,2,-;Killed process 8 (old), UID 0, total-vm:1kB, anon-rss:2kB, file-rss:1kB\n":                                                                                                                       {8, 2 * kib, false},
		"6,1,2,-;oom_reaper: reaped process 5288 (grow), now anon-rss:0kB\n":                                                                                                                                      {},
		"6,1,2,-;watchdog: Killed process 9 (x) anon-rss:2kB\n":                                                                                                                                                   {},
		"12,1,2,-;daemon said: Out of memory: Killed process 9 (x)\n":                                                                                                                                             {},
		"3,1,2,-;Out of memory: Killed process -1 (x)\n":                                                                                                                                                          {},
		"Killed process": {}, "": {},
	} {
		if got, ok := parseKilled([]byte(record)); got != want || ok != (want.PID != 0) {
			t.Errorf("%q: %+v, %v, want %+v", record, got, ok, want)
		}
	}
}

func FuzzKilled(f *testing.F) {
	f.Add([]byte("3,1234,82249251400,-;Memory cgroup out of memory: Killed process 5288 (grow) total-vm:184712kB, anon-rss:179072kB\n"))
	f.Fuzz(func(t *testing.T, record []byte) {
		if k, ok := parseKilled(record); ok && k.PID <= 0 {
			t.Errorf("process %d", k.PID)
		}
	})
}
