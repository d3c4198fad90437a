package report

import "io"

// Write writes the view in the format of its options.
func (v *View) Write(w io.Writer) error {
	switch v.Options.Format {
	case JSON:
		return v.writeJSON(w)
	case CSV:
		return v.writeCSV(w)
	case Markdown:
		return v.writeMarkdown(w)
	}
	return v.writeTable(w)
}
