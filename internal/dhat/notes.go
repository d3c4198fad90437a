package dhat

import "heapprof/internal/profile"

// noteJSON is a profile.Note in a file.
type noteJSON struct {
	Code       string         `json:"code"`
	Files      []string       `json:"files,omitempty"`
	Allocators []string       `json:"allocators,omitempty"`
	Functions  []functionJSON `json:"functions,omitempty"`
	Count      uint64         `json:"count,omitempty"`
	Causes     []causeJSON    `json:"causes,omitempty"`
	Remedy     string         `json:"remedy,omitempty"`
	Text       string         `json:"text,omitempty"`
}

// functionJSON is a profile.NotedFunction in a file.
type functionJSON struct {
	Names []string  `json:"names"`
	Cause causeJSON `json:"cause"`
}

// causeJSON is a profile.Cause in a file.
type causeJSON struct {
	Code    string     `json:"code"`
	Names   []string   `json:"names,omitempty"`
	Number  int64      `json:"number,omitempty"`
	Detail  string     `json:"detail,omitempty"`
	Because *causeJSON `json:"because,omitempty"`
}

// newNotesJSON returns the notes as they stand in a file.
func newNotesJSON(notes []profile.Note) (all []noteJSON) {
	for _, n := range notes {
		j := noteJSON{Code: string(n.Code), Files: n.Files, Allocators: n.Allocators, Count: n.Count, Remedy: string(n.Remedy), Text: n.Text}
		for _, f := range n.Functions {
			j.Functions = append(j.Functions, functionJSON{f.Names, newCauseJSON(f.Cause)})
		}
		for _, c := range n.Causes {
			j.Causes = append(j.Causes, newCauseJSON(c))
		}
		all = append(all, j)
	}
	return all
}

// newCauseJSON returns the cause as it stands in a file.
func newCauseJSON(c profile.Cause) causeJSON {
	j := causeJSON{Code: string(c.Code), Names: c.Names, Number: c.Number, Detail: c.Detail}
	if c.Because != nil {
		because := newCauseJSON(*c.Because)
		j.Because = &because
	}
	return j
}

// notes returns the file's notes. Those that an older heapprof wrote in words come first.
func (j *privateKeys) notes() (all []profile.Note) {
	for _, text := range j.Unseen {
		all = append(all, profile.Note{Code: profile.Worded, Text: text})
	}
	for _, n := range j.Notes {
		note := profile.Note{
			Code: profile.NoteCode(n.Code), Files: n.Files, Allocators: n.Allocators, Count: n.Count,
			Remedy: profile.Remedy(n.Remedy), Text: n.Text,
		}
		for _, f := range n.Functions {
			note.Functions = append(note.Functions, profile.NotedFunction{Names: f.Names, Cause: f.Cause.cause()})
		}
		for _, c := range n.Causes {
			note.Causes = append(note.Causes, c.cause())
		}
		all = append(all, note)
	}
	return all
}

// cause returns the cause that j stands for.
func (j *causeJSON) cause() profile.Cause {
	c := profile.Cause{Code: profile.CauseCode(j.Code), Names: j.Names, Number: j.Number, Detail: j.Detail}
	if j.Because != nil {
		because := j.Because.cause()
		c.Because = &because
	}
	return c
}
