package allocator

import "heapprof/internal/tracker/wire"

// Copying are the functions of glibc that copy bytes, with how many these are as the weight of a call. Of those that
// have one implementation it is called by the first name. Others of its functions, such as bcopy, wmemcpy, strdup and
// most that check for room (__strcpy_chk), call these.
func Copying() []Function {
	bytes := func(name string) Function { return copying(name, Call{Size: 3}) }
	text := func(name string) Function { return copying(name, Call{Size: 2, Weight: wire.WeightText}) }
	bounded := func(name string, kind wire.Weight) Function {
		return copying(name, Call{Size: 2, Count: 3, Weight: kind})
	}
	return []Function{
		bytes("memcpy"), bytes("memmove"), bytes("mempcpy"),
		text("strcpy"), text("stpcpy"), text("strcat"), text("__strcat_chk"),
		bounded("strncpy", wire.WeightTextWithin), bounded("stpncpy", wire.WeightTextWithin),
		bounded("strncat", wire.WeightTextCut), bounded("__strncat_chk", wire.WeightTextCut),
		copying("wcscpy", Call{Size: 2, Weight: wire.WeightWideText}),
	}
}

func copying(name string, c Call) Function {
	c.Action = wire.ActionCount
	return Function{Name: name, Call: c}
}
