package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"heapprof/internal/format"
)

// bench measures programs, one at a time.
type bench struct {
	ctx      context.Context
	options  *options
	tools    *tools
	work     string
	progress io.Writer
	notes    []string // what the table cannot say
}

// measure runs p under every tool as often as the options say. The error is a *missingError
// if p cannot be had on this machine.
func (b *bench) measure(p program) (row, error) {
	full, err := p.command(b.work, b.options.short)
	if err != nil {
		return row{}, err
	}
	short, err := p.command(b.work, true)
	if err != nil {
		return row{}, err
	}
	r := row{Name: p.name}

	// Memory is looked at in runs of its own, since looking takes time. They also
	// fetch files into the page cache, for all tools alike.
	if err := b.look(&r, full); err != nil {
		return row{}, err
	}

	heaptrack, dhat := b.tools.heaptrack, b.tools.dhat
	for i := range b.options.runs {
		native, err := b.once(b.tools.native, full)
		if err != nil {
			return row{}, err
		}
		r.Native = append(r.Native, b.time(native))
		ours, err := b.once(b.tools.heapprof, full)
		if err != nil {
			return row{}, err
		}
		r.Heapprof = append(r.Heapprof, b.time(ours))
		if before := b.tools.before; before != nil {
			m, err := b.once(before, full)
			if err != nil {
				return row{}, err
			}
			r.Before = append(r.Before, b.time(m))
		}
		r.RecorderCPU = append(r.RecorderCPU, ours.own)
		if ours.tailKnown {
			r.Tail = append(r.Tail, ours.tail)
		}
		if heaptrack != nil {
			if m, err := b.once(heaptrack, full); err != nil {
				b.notes = append(b.notes, fmt.Sprintf("%s: %v", p.name, err))
				heaptrack = nil
			} else {
				r.Heaptrack = append(r.Heaptrack, b.time(m))
			}
		}
		if dhat != nil {
			if err := b.shortRuns(&r, dhat, short); err != nil {
				b.notes = append(b.notes, fmt.Sprintf("%s: %v", p.name, err))
				dhat = nil
			}
		}
		fmt.Fprintf(b.progress, "%s: run %d of %d: native %s, heapprof %s%s%s%s\n", p.name, i+1, b.options.runs,
			inSeconds(b.time(native)), inSeconds(b.time(ours)), lastOf(", before ", r.Before), lastOf(", heaptrack ", r.Heaptrack), lastOf(", dhat on a short input ", r.DHAT))
	}
	return r, nil
}

// shortRuns runs a short input natively, under heapprof and under DHAT.
func (b *bench) shortRuns(r *row, dhat *tool, c command) error {
	for _, run := range []struct {
		tool  *tool
		times *sample
	}{{b.tools.native, &r.ShortNative}, {b.tools.heapprof, &r.ShortHeapprof}, {dhat, &r.DHAT}} {
		m, err := b.once(run.tool, c)
		if err != nil {
			return err
		}
		*run.times = append(*run.times, b.time(m))
	}
	return nil
}

func lastOf(label string, s sample) string {
	if len(s) == 0 {
		return ""
	}
	return label + inSeconds(s[len(s)-1])
}

// job is a program's command under a tool, ready to be started.
type job struct {
	tool *tool
	cmd  *exec.Cmd
	dir  string // where it runs, and writes what it writes
	file string // the profile, for the tool to write
}

// job makes a job of a command under a tool, in a directory of its own.
func (b *bench) job(t *tool, c command) (*job, error) {
	dir, err := os.MkdirTemp(b.work, "out-")
	if err != nil {
		return nil, err
	}
	j := &job{tool: t, dir: dir, file: filepath.Join(dir, "profile.json")}
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		return nil, err
	}
	argv := c.argv
	if t.wrap != nil {
		argv = slices.Concat(t.wrap(j.file), argv)
	}
	j.cmd = exec.CommandContext(b.ctx, argv[0], argv[1:]...)
	j.cmd.Env = append(os.Environ(), c.env...)
	j.cmd.Dir = dir
	j.cmd.Stderr = stderr // a file: through a pipe this process would take part
	return j, nil
}

// close removes the job's directory, with what was written there.
func (j *job) close() {
	j.cmd.Stderr.(*os.File).Close()
	os.RemoveAll(j.dir)
}

// explain adds to err what the job wrote to standard error.
func (j *job) explain(err error) error {
	if err == nil {
		return nil
	}
	said, _ := os.ReadFile(j.cmd.Stderr.(*os.File).Name())
	return fmt.Errorf("%s: %w: %.120s", j.tool.name, err, strings.Join(strings.Fields(string(said)), " "))
}

// once runs a command under a tool, and measures it.
func (b *bench) once(t *tool, c command) (measurement, error) {
	j, err := b.job(t, c)
	if err != nil {
		return measurement{}, err
	}
	defer j.close()
	m, err := measure(j.cmd, t.recorder)
	return m, j.explain(err)
}

// time returns the time that the table compares: wall time, or processor time if the
// options say so.
func (b *bench) time(m measurement) time.Duration {
	if b.options.cpu {
		return m.all
	}
	return m.wall
}

// look measures the peak memory of all processes, without heapprof and with it, and reads
// from the profile what it is of.
func (b *bench) look(r *row, c command) error {
	native, err := b.job(b.tools.native, c)
	if err != nil {
		return err
	}
	defer native.close()
	if r.ProgramPeak, _, err = peaks(native.cmd, false); err != nil {
		return native.explain(err)
	}
	ours, err := b.job(b.tools.heapprof, c)
	if err != nil {
		return err
	}
	defer ours.close()
	if r.RecorderPeak, r.ProfiledPeak, err = peaks(ours.cmd, true); err != nil {
		return ours.explain(err)
	}
	profile, err := format.ReadFile(ours.file)
	if err != nil {
		return err
	}
	r.Blocks = profile.Totals().TotalBlocks
	if profile.Recording == nil || profile.Recording.Counts.LostEvents > 0 {
		b.notes = append(b.notes, r.Name+": heapprof has lost events, its figures do not count")
	}
	return nil
}
