package procfs

import (
	"time"

	"golang.org/x/sys/unix"
)

// Age returns how long the process has run; 0 where that is not known.
func (p Process) Age() time.Duration {
	stat, err := p.Stat()
	var now unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return 0
	}
	return time.Duration(now.Nano()) - time.Duration(stat.Start)*tick
}
