package pprof

// The fields of the profile.
const (
	fieldSampleType  = 1
	fieldSample      = 2
	fieldMapping     = 3
	fieldLocation    = 4
	fieldFunction    = 5
	fieldString      = 6
	fieldTime        = 9
	fieldDuration    = 10
	fieldPeriodType  = 11
	fieldPeriod      = 12
	fieldComment     = 13
	fieldDefaultType = 14
	lastField        = 15
)

// wireTypes are the types of the fields by their number. Comments may be one number each or in a row.
var wireTypes = [1 + lastField]uint64{
	fieldSampleType: lengthy, fieldSample: lengthy, fieldMapping: lengthy, fieldLocation: lengthy, fieldFunction: lengthy, fieldString: lengthy,
	fieldPeriodType: lengthy, fieldComment: lengthy,
}

// Detect reports whether a file that begins with head may be of the format: whether it is a message
// with the fields of a profile, as far as it goes. A text is not: its first bytes are no such fields.
func Detect(head []byte) bool {
	m := message{rest: head}
	for n := 0; ; n++ {
		if len(m.rest) == 0 {
			return n > 0
		}
		key := m.uvarint()
		field, kind := key>>3, key&7
		if m.bad || field == 0 || field > lastField || kind != wireTypes[field] && !(field == fieldComment && kind == varint) {
			return false
		}
		if kind == varint {
			if m.uvarint(); m.bad {
				return n > 0
			}
			continue
		}
		length := m.uvarint()
		if m.bad {
			return n > 0
		}
		if length > uint64(len(m.rest)) {
			return n > 0 || field == fieldString || field == fieldSample
		}
		content := m.take(length)
		if field == fieldString {
			continue
		}
		for in := (message{rest: content}); len(in.rest) > 0; {
			if _, _, _, ok := in.next(); !ok && field != fieldComment {
				return false
			}
			if in.bad {
				break
			}
		}
	}
}
