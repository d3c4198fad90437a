package main

import (
	"context"
	"fmt"
	"io"
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

// contender is a tool that takes part in a row, and where its figures go.
type contender struct {
	tool    *tool
	command command
	times   *sample
	rates   *rates  // nil: a throughput does not matter
	own     *sample // the recorder's own processor time; nil: does not matter
	tail    *sample // from the program's end to the recorder's, likewise
	out     bool    // it failed, or one run was enough
}

// contenders returns who takes part in the row r, in their order.
func (b *bench) contenders(r *row, full, short command) []*contender {
	all := []*contender{
		{tool: b.tools.native, command: full, times: &r.Native, rates: &r.Rates.Native},
		{tool: b.tools.heapprof, command: full, times: &r.Heapprof, rates: &r.Rates.Heapprof, own: &r.RecorderCPU, tail: &r.Tail},
	}
	if b.tools.before != nil {
		all = append(all, &contender{tool: b.tools.before, command: full, times: &r.Before, rates: &r.Rates.Before})
	}
	if b.tools.sampled != nil {
		all = append(all, &contender{tool: b.tools.sampled, command: full, times: &r.Sampled, rates: &r.Rates.Sampled})
	}
	if b.tools.frees != nil {
		all = append(all, &contender{tool: b.tools.frees, command: full, times: &r.Frees, rates: &r.Rates.Frees})
	}
	if b.tools.retained != nil {
		all = append(all, &contender{tool: b.tools.retained, command: full, times: &r.Retained, rates: &r.Rates.Retained, tail: &r.RetainedTail})
	}
	if b.tools.heaptrack != nil {
		all = append(all, &contender{tool: b.tools.heaptrack, command: full, times: &r.Heaptrack, rates: &r.Rates.Heaptrack})
	}
	if b.tools.dhat != nil {
		all = append(all,
			&contender{tool: b.tools.native, command: short, times: &r.ShortNative},
			&contender{tool: b.tools.heapprof, command: short, times: &r.ShortHeapprof},
			&contender{tool: b.tools.dhat, command: short, times: &r.DHAT})
	}
	return all
}

// measure runs p under every tool as often as the options say. The error is a *missingError
// if p cannot be had on this machine.
func (b *bench) measure(p program) (row, error) {
	full, err := p.command(b.work, b.options.short)
	if err != nil {
		return row{}, err
	}
	r := row{Name: p.name, Found: p.found, Threads: max(1, p.threads)}

	// Memory is looked at in runs of its own, since looking takes time. They also
	// fetch files into the page cache, for all tools alike.
	if err := b.look(&r, full); err != nil {
		return row{}, err
	}

	var short command
	if b.tools.dhat != nil {
		if short, err = p.command(b.work, true); err != nil {
			return row{}, err
		}
	}
	all := b.contenders(&r, full, short)
	for i := range b.options.runs {
		fmt.Fprintf(b.progress, "%s: run %d of %d:", p.name, i+1, b.options.runs)
		for _, c := range all {
			if c.out {
				continue
			}
			if err := b.turn(c); err != nil {
				fmt.Fprintln(b.progress)
				if !c.tool.peer {
					return row{}, err
				}
				c.out = true
				b.notes = append(b.notes, fmt.Sprintf("%s: %v", p.name, err))
			}
		}
		fmt.Fprintln(b.progress)
	}
	return r, nil
}

// once is enough for a peer that takes as long as this: a whole run is to end some day.
const longForAPeer = 4 * time.Second

// turn runs one contender once.
func (b *bench) turn(c *contender) error {
	m, err := b.once(c.tool, c.command)
	if err != nil {
		return err
	}
	*c.times = append(*c.times, b.time(m))
	if c.rates != nil && m.rate > 0 {
		*c.rates = append(*c.rates, m.rate)
	}
	if c.own != nil {
		*c.own = append(*c.own, m.own)
	}
	if c.tail != nil && m.tailKnown {
		*c.tail = append(*c.tail, m.tail)
	}
	c.out = c.tool.peer && m.wall > longForAPeer
	fmt.Fprintf(b.progress, " %s %s", c.tool.name, inSeconds(b.time(m)))
	return nil
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
	if err := b.peaks(b.tools.native, c, &r.ProgramPeak, nil, nil); err != nil {
		return err
	}
	if before := b.tools.before; before != nil {
		var recorder uint64
		if err := b.peaks(before, c, &recorder, &r.BeforePeak, nil); err != nil {
			return err
		}
	}
	return b.peaks(b.tools.heapprof, c, &r.RecorderPeak, &r.ProfiledPeak, func(file string) error {
		profile, err := format.ReadFile(file)
		if err != nil {
			return err
		}
		r.Blocks = profile.Totals().TotalBlocks
		if profile.Recording == nil || profile.Recording.Counts.LostEvents > 0 {
			b.notes = append(b.notes, r.Name+": heapprof has lost events, its figures do not count")
			return nil
		}
		r.Nodes, r.NodeEvents = profile.Recording.Nodes, profile.Recording.NodeEvents
		return nil
	})
}

// peaks measures the peak memory of a tool, in bytes, and of the program that it runs if it is a
// recorder, and has read take in the profile, if it is not nil.
func (b *bench) peaks(t *tool, c command, own, program *uint64, read func(file string) error) error {
	j, err := b.job(t, c)
	if err != nil {
		return err
	}
	defer j.close()
	if _, err := j.attended(func() (err error) {
		var child uint64
		*own, child, err = peaks(j.cmd, t.recorder)
		if program != nil {
			*program = child
		}
		return err
	}); err != nil || read == nil {
		return err
	}
	return read(j.file)
}
