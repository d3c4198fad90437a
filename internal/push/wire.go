package push

import "encoding/binary"

// Messages are protocol buffers of three kinds that hold one another: written by hand, as the library that writes them
// is many times what they are.

// appendField appends a field that has a length: a text, bytes or a message.
func appendField[T string | []byte](to []byte, number int, content T) []byte {
	to = binary.AppendUvarint(to, uint64(number)<<3|2)
	to = binary.AppendUvarint(to, uint64(len(content)))
	return append(to, content...)
}

// pair returns the message of a label, which is the same in both systems.
func pair(l Label) []byte {
	return appendField(appendField(nil, 1, l.Name), 2, l.Value)
}

// pyroscopeRequest returns the message push.v1.PushRequest with one series. __delta__=false says that the server is to
// take alloc_* for what was allocated since the push before: without it some of its versions subtract, and others do not.
//
// The fields are those of Pyroscope's api/push/v1/push.proto and api/types/v1/types.proto.
func pyroscopeRequest(labels []Label, d *delivery) []byte {
	var series []byte
	for _, l := range append([]Label{{"__delta__", "false"}, {"__name__", profileName}}, labels...) {
		series = appendField(series, 1, pair(l))
	}
	for _, s := range d.samples {
		series = appendField(series, 2, appendField(appendField(nil, 1, s.pprof), 2, s.id))
	}
	return appendField(nil, 1, series)
}

// parcaRequest returns the message parca.profilestore.v1alpha1.WriteRawRequest with one series. The addresses are those of
// the process, which is what normalized, left out, says.
//
// The fields are those of Parca's proto/parca/profilestore/v1alpha1/profilestore.proto.
func parcaRequest(labels []Label, d *delivery) []byte {
	var set, series []byte
	for _, l := range append([]Label{{"__name__", profileName}}, labels...) {
		set = appendField(set, 1, pair(l))
	}
	series = appendField(series, 1, set)
	for _, s := range d.samples {
		series = appendField(series, 2, appendField(nil, 1, s.pprof))
	}
	return appendField(nil, 2, series)
}

// profileName is what both systems call profiles of memory: with the sample and period types it makes
// memory:inuse_space:bytes:space:bytes and so on, by which their pages list them.
const profileName = "memory"
