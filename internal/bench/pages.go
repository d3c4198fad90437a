package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"heapprof/internal/testkit/fixture"
)

// pageRow is what it takes to look at one profile. Sizes are in bytes.
type pageRow struct {
	Name          string
	Profile       uint64
	Page, Drawing picture
}

// picture is a file that is looked at in a browser.
type picture struct {
	Written sample // by heapprof, from the profile on
	Size    uint64
	Open    sample // until it is painted
	Zoom    sample // of each opening the slowest zoom until it was painted
}

// viewer is the browser that opens pictures.
type viewer struct {
	node, chromium, packages string
}

func findViewer() (*viewer, error) {
	v := &viewer{}
	var err error
	for name, path := range map[string]*string{"node": &v.node, "chromium": &v.chromium} {
		if *path, err = exec.LookPath(name); err != nil {
			return nil, err
		}
	}
	v.packages, err = fixture.Packages()
	return v, err
}

// open opens the files in one browser, one after the other, and adds to each picture how long that took.
func (v *viewer) open(ctx context.Context, script string, files []string, pictures []*picture) error {
	cmd := exec.CommandContext(ctx, v.node, slices.Concat([]string{script, v.chromium}, files)...)
	cmd.Env = append(os.Environ(), "HEAPPROF_PACKAGES="+v.packages)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("opening %s: %w\n%s", strings.Join(files, " "), err, said.String())
	}
	results := bytes.NewReader(out)
	for _, p := range pictures {
		var open, zoom float64 // milliseconds
		if _, err := fmt.Fscan(results, &open, &zoom); err != nil {
			return fmt.Errorf("opening %s: %w", strings.Join(files, " "), err)
		}
		p.Open = append(p.Open, time.Duration(open*float64(time.Millisecond)))
		p.Zoom = append(p.Zoom, time.Duration(zoom*float64(time.Millisecond)))
	}
	return nil
}

// measurePages measures pictures of a profile as often as the options say.
func (b *bench) measurePages(v *viewer, root, name, profile string) (pageRow, error) {
	r := pageRow{Name: name}
	info, err := os.Stat(profile)
	if err != nil {
		return r, err
	}
	r.Profile = uint64(info.Size())
	pictures := []*picture{&r.Page, &r.Drawing}
	files := []string{filepath.Join(b.work, "page.html"), filepath.Join(b.work, "drawing.svg")}
	commands := []string{"html", "flame"}
	for i := range b.options.runs {
		fmt.Fprintf(b.progress, "%s: run %d of %d\n", name, i+1, b.options.runs)
		for j, p := range pictures {
			cmd := exec.CommandContext(b.ctx, filepath.Join(b.work, "heapprof"), commands[j], "-o", files[j], profile)
			cmd.Stderr = io.Discard
			m, err := measure(cmd, false)
			if err != nil {
				return r, fmt.Errorf("heapprof %s: %w", commands[j], err)
			}
			p.Written = append(p.Written, b.time(m))
			info, err := os.Stat(files[j])
			if err != nil {
				return r, err
			}
			p.Size = uint64(info.Size())
		}
		if err := v.open(b.ctx, filepath.Join(root, "internal", "bench", "browser.mjs"), files, pictures); err != nil {
			return r, err
		}
	}
	return r, nil
}

// profileOf records a program once, and returns the profile's path, in a job that the caller closes.
func (b *bench) profileOf(p program) (*job, error) {
	c, err := p.command(b.work, b.options.short)
	if err != nil {
		return nil, err
	}
	j, err := b.job(b.tools.heapprof, c)
	if err != nil {
		return nil, err
	}
	if _, err := j.attended(j.cmd.Run); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

// pages measures what it takes to look at profiles: of the file that the options name, or of the programs.
func (b *bench) pages(t *table, root string, chosen []program) error {
	v, err := findViewer()
	if err != nil {
		return err
	}
	add := func(name, profile string) error {
		r, err := b.measurePages(v, root, name, profile)
		if err == nil {
			t.Pages = append(t.Pages, r)
		}
		return err
	}
	if file := b.options.profile; file != "" {
		return add(filepath.Base(file), file)
	}
	for _, p := range chosen {
		j, err := b.profileOf(p)
		var missing *missingError
		if errors.As(err, &missing) {
			t.Notes = append(t.Notes, fmt.Sprintf("%s is left out: %v", p.name, err))
			continue
		}
		if err == nil {
			err = add(p.name, j.file)
			j.close()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// pageGrid returns the table of what it takes to look at profiles.
func (t *table) pageGrid() grid {
	g := grid{title: "Looking at it", heads: []heading{{"", "profile of"}, {"", "MiB"}}}
	for _, what := range []string{"page", "flame SVG"} {
		g.heads = append(g.heads, heading{what, "KiB"}, heading{"", "written s"}, heading{"", "opens s"}, heading{"", "zooms s"})
	}
	for i := range t.Pages {
		r := &t.Pages[i]
		line := []string{r.Name, fmt.Sprintf("%.1f", float64(r.Profile)/(1<<20))}
		for _, p := range []*picture{&r.Page, &r.Drawing} {
			line = append(line, fmt.Sprint(p.Size>>10), seconds(p.Written), seconds(p.Open), seconds(p.Zoom))
		}
		g.lines = append(g.lines, line)
	}
	return g
}

// What it may take to look at a profile of 78 MB, as of November 2026.
const (
	longestWrite = 2 * time.Second
	longestOpen  = time.Second
	longestZoom  = 50 * time.Millisecond
)

// pageGoals returns the lines of what is to be reached of pages.
func (t *table) pageGoals() [][]string {
	var lines [][]string
	for _, goal := range []struct {
		figure string
		limit  time.Duration
		value  func(*picture) sample
	}{
		{"page written s", longestWrite, func(p *picture) sample { return p.Written }},
		{"page opens s", longestOpen, func(p *picture) sample { return p.Open }},
		{"page zooms s", longestZoom, func(p *picture) sample { return p.Zoom }},
	} {
		var worst *pageRow
		reached := 0
		for i := range t.Pages {
			r := &t.Pages[i]
			v := goal.value(&r.Page).median()
			if v <= goal.limit {
				reached++
			}
			if worst == nil || v > goal.value(&worst.Page).median() {
				worst = r
			}
		}
		if worst != nil {
			lines = append(lines, []string{"each profile", goal.figure, fmt.Sprintf("<= %.2f", goal.limit.Seconds()),
				inSeconds(goal.value(&worst.Page).median()), fmt.Sprintf("%d of %d", reached, len(t.Pages)), worst.Name})
		}
	}
	return lines
}
