package isa

// For the tests that read files, which package codefile does, and that imports this one.
var (
	DecodeX86   = decodeX86
	SameMeaning = sameMeaning
)
