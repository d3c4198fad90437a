package page

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
)

// function returns the index of a function, by its number.
func (d *draft) function(number uint32) int32 {
	if i := d.functions[number]; i != notYet {
		return i
	}
	f, site := d.joint.Functions[number], d.joint.Site(number, 0)
	all, name := &d.page.Functions, site.Label
	i := int32(len(all.Name))
	d.functions[number] = i
	all.Name, all.Short = append(all.Name, d.shorten(name)), append(all.Short, d.shorten(short(f, name)))
	all.File, all.Module = append(all.File, d.file(site.File)), append(all.Module, d.module(site.Module))
	all.Crate, all.Library = append(all.Crate, d.cut(f.Crate.String())), append(all.Library, d.cut(f.Library()))
	all.Flags = append(all.Flags, functionFlags(f))
	return i
}

// short returns a function's name without arguments; "" where it has none.
func short(f *frames.Frame, name string) string {
	// What a run-time library does for itself is in parentheses, and closures are in braces.
	if f.Runtime != nil || strings.HasPrefix(name, "(") || strings.HasSuffix(name, "}") {
		return ""
	}
	if s := names.Qualified(name); s != name {
		return s
	}
	return ""
}

func functionFlags(f *frames.Frame) (flags uint16) {
	for _, is := range []struct {
		set  bool
		flag uint16
	}{
		{f.Own, FunctionOwn}, {f.Plumbing, FunctionPlumbing}, {f.Marker, FunctionMarker},
		{f.Function == "" && f.Runtime == nil, FunctionNameless}, {f.IsMachinery(), FunctionPassed},
	} {
		if is.set {
			flags |= is.flag
		}
	}
	return flags
}

// cut puts … into a text that is longer than the page's limit.
func (d *draft) cut(s string) string { return names.CutMiddle(ends(s, d.limits.text), d.limits.text) }

// shorten puts … into a function's name that is longer than the page's limit, if it can where arguments are.
func (d *draft) shorten(name string) string {
	return names.Shorten(ends(name, d.limits.text), d.limits.text)
}

// ends returns both ends of a text of which all but so many columns is to be cut: those of megabytes, which hostile files have, take
// long to be looked at.
func ends(s string, columns int) string {
	most := 2 * columns * utf8.UTFMax
	if len(s) <= 2*most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + strings.ToValidUTF8(s[len(s)-most:], "")
}

// file returns the index of a source file; -1 for "".
func (d *draft) file(path string) int32 { return d.addText(d.files, &d.page.Files, path) }

// module returns the index of an executable or library; -1 for "".
func (d *draft) module(path string) int32 { return d.addText(d.modules, &d.page.Modules, path) }

func (d *draft) addText(indices map[string]int32, list *[]string, s string) int32 {
	if s == "" {
		return -1
	}
	i, known := indices[s]
	if !known {
		i = int32(len(*list))
		indices[s] = i
		*list = append(*list, d.cut(s))
	}
	return i
}

// several stands for places, and for types, that were too many.
const (
	severalPlaces = -1
	severalTypes  = -2
)

// place returns the index of a site, by its index in builder.places.
func (d *draft) place(number int32) int32 {
	if number < 0 || d.keptPlaces != nil && !d.keptPlaces[number] {
		return severalPlaces
	}
	if i := d.numbers[number]; i != notYet {
		return i
	}
	at, all := d.places[number], &d.page.Places
	i := int32(len(all.Line))
	d.numbers[number] = i
	site := d.joint.Site(at.function, int(at.line))
	all.Function, all.Line = append(all.Function, d.function(at.function)), append(all.Line, uint32(at.line))
	label := ""
	if caller := d.callers[number]; caller != "" {
		label = d.cut(site.Label + ", " + caller)
	}
	all.Where, all.Label = append(all.Where, d.cut(site.Place)), append(all.Label, label)
	return i
}

// placeOf returns the site of a stack of the only side, or of the later one.
func (d *draft) placeOf(stack []uint32) int32 {
	s := d.later()
	at := place{function: uint32(len(d.joint.Functions) - 1)}
	if part, site := drawn(s.Source, stack); len(part) > 0 {
		f := part[site]
		at = place{s.Functions[f], d.line(s.Frames.Frame(f))}
	}
	if number, known := d.placeNumbers[at]; known {
		return d.place(number)
	}
	return severalPlaces
}

// typ returns the index of a type, by its number; -1 for none that is known.
func (d *draft) typ(number uint32) int32 {
	if i := d.types[number]; i != notYet {
		return i
	}
	t, all := d.joint.Types[number], &d.page.Types
	switch {
	case t.Name == "":
		return -1
	case d.keptTypes != nil && !d.keptTypes[number]:
		return severalTypes
	}
	i := int32(len(all.Name))
	d.types[number] = i
	full := t.Full
	if full == t.Name {
		full = ""
	}
	all.Name, all.Full = append(all.Name, d.cut(t.Name)), append(all.Full, d.cut(full))
	return i
}

// tellApart tells functions of one name from each other: by their files, or modules, or where these are the same by numbers.
func (d *draft) tellApart() {
	all := &d.page.Functions
	all.Apart = make([]string, len(all.Name))
	named := map[string][]int{}
	for i, name := range all.Name {
		named[name] = append(named[name], i)
	}
	for i, name := range all.Name {
		same := named[name]
		if len(same) == 1 || same[0] != i {
			continue
		}
		owners := make([]string, len(same))
		for k, f := range same {
			switch {
			case all.File[f] >= 0:
				owners[k] = d.page.Files[all.File[f]]
			case all.Module[f] >= 0:
				owners[k] = d.page.Modules[all.Module[f]]
			}
		}
		again := map[string]int{}
		for k, apart := range names.Tails(owners) {
			again[apart]++
			if n := again[apart]; n > 1 {
				apart = strings.TrimSpace(apart + " " + strconv.Itoa(n))
			}
			all.Apart[same[k]] = apart
		}
	}
}
