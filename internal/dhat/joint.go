package dhat

import (
	"errors"
	"time"

	"heapprof/internal/profile"
)

// jointJSON is a profile.Joint in a file. Times are in microseconds since the key "start".
type jointJSON struct {
	Processes [][3]uint64 `json:"processes"` // begin, how long, bytes at the peak
	Course    [][4]uint64 `json:"course"`    // as the rows of "timeline"
}

// newJointJSON returns what is known of a merged profile's processes at one time, as it stands in a file.
func newJointJSON(r *profile.Recording) (j jointJSON) {
	if r.Joint == nil {
		return j
	}
	for _, l := range r.Joint.Lives {
		j.Processes = append(j.Processes, [3]uint64{uint64(l.Start.UnixMicro() - r.Start.UnixMicro()), l.Time, l.PeakBytes})
	}
	for _, t := range r.Joint.Course {
		j.Course = append(j.Course, [4]uint64{t.Time, t.Bytes, t.Blocks, t.RSS})
	}
	return j
}

// joint returns the profile.Joint that j stands for, of processes of which the first began at start; nil where there is none.
func (j *jointJSON) joint(start time.Time) (*profile.Joint, error) {
	if len(j.Processes) == 0 {
		return nil, nil
	}
	const longest = 1 << 53 // microseconds: 285 years, which time.Duration has
	made := new(profile.Joint)
	for _, l := range j.Processes {
		if l[0] > longest || l[1] > longest {
			return nil, errors.New(`a row of "processes" is of more than 285 years`)
		}
		made.Lives = append(made.Lives, profile.Life{Start: start.Add(time.Duration(l[0]) * time.Microsecond), Time: l[1], PeakBytes: l[2]})
	}
	if !made.CanHave() || j.Processes[0][0] != 0 {
		return nil, errors.New(`the rows of "processes" are not in order, or add up to more than 2^64-1 bytes`)
	}
	for _, t := range j.Course {
		made.Course = append(made.Course, profile.Reading{Time: t[0], Bytes: t[1], Blocks: t[2], RSS: t[3]})
	}
	return made, nil
}
