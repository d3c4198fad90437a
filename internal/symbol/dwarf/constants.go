package dwarf

// The numbers below are those of DWARF 5 (dwarfstd.org), section 7, and of
// GNU's extensions before it.

type tag uint16

const (
	tagArrayType             tag = 0x01
	tagClassType             tag = 0x02
	tagEnumerationType       tag = 0x04
	tagFormalParameter       tag = 0x05
	tagPointerType           tag = 0x0f
	tagReferenceType         tag = 0x10
	tagLexicalBlock          tag = 0x0b
	tagMember                tag = 0x0d
	tagCompileUnit           tag = 0x11
	tagStructureType         tag = 0x13
	tagSubroutineType        tag = 0x15
	tagTypedef               tag = 0x16
	tagUnionType             tag = 0x17
	tagUnspecifiedParameters tag = 0x18
	tagInheritance           tag = 0x1c
	tagInlinedSubroutine     tag = 0x1d
	tagModule                tag = 0x1e
	tagPointerToMember       tag = 0x1f
	tagSubrangeType          tag = 0x21
	tagBaseType              tag = 0x24
	tagConstType             tag = 0x26
	tagSubprogram            tag = 0x2e
	tagTemplateTypeParameter tag = 0x2f
	tagVariable              tag = 0x34
	tagVolatileType          tag = 0x35
	tagRestrictType          tag = 0x37
	tagInterfaceType         tag = 0x38
	tagNamespace             tag = 0x39
	tagPartialUnit           tag = 0x3c
	tagRvalueReferenceType   tag = 0x42
	tagAtomicType            tag = 0x47
	tagCallSite              tag = 0x48
	tagSkeletonUnit          tag = 0x4a
	tagGNUCallSite           tag = 0x4109
)

type attr uint16

const (
	attrSibling        attr = 0x01
	attrLocation       attr = 0x02
	attrName           attr = 0x03
	attrByteSize       attr = 0x0b
	attrStmtList       attr = 0x10
	attrLowPC          attr = 0x11
	attrHighPC         attr = 0x12
	attrLanguage       attr = 0x13
	attrCompDir        attr = 0x1b
	attrUpperBound     attr = 0x2f
	attrAbstractOrigin attr = 0x31
	attrCount          attr = 0x37
	attrMemberLocation attr = 0x38
	attrDeclFile       attr = 0x3a
	attrDeclLine       attr = 0x3b
	attrFrameBase      attr = 0x40
	attrSpecification  attr = 0x47
	attrType           attr = 0x49
	attrRanges         attr = 0x55
	attrCallColumn     attr = 0x57
	attrCallFile       attr = 0x58
	attrCallLine       attr = 0x59
	attrLinkageName    attr = 0x6e
	attrStrOffsetsBase attr = 0x72
	attrAddrBase       attr = 0x73
	attrRnglistsBase   attr = 0x74
	attrDwoName        attr = 0x76
	attrLoclistsBase   attr = 0x8c

	attrMIPSLinkageName attr = 0x2007
	attrGNUDwoName      attr = 0x2130
	attrGNUDwoID        attr = 0x2131
	attrGNURangesBase   attr = 0x2132
	attrGNUAddrBase     attr = 0x2133
)

type form uint16

const (
	formAddr          form = 0x01
	formBlock2        form = 0x03
	formBlock4        form = 0x04
	formData2         form = 0x05
	formData4         form = 0x06
	formData8         form = 0x07
	formString        form = 0x08
	formBlock         form = 0x09
	formBlock1        form = 0x0a
	formData1         form = 0x0b
	formFlag          form = 0x0c
	formSdata         form = 0x0d
	formStrp          form = 0x0e
	formUdata         form = 0x0f
	formRefAddr       form = 0x10
	formRef1          form = 0x11
	formRef2          form = 0x12
	formRef4          form = 0x13
	formRef8          form = 0x14
	formRefUdata      form = 0x15
	formIndirect      form = 0x16
	formSecOffset     form = 0x17
	formExprloc       form = 0x18
	formFlagPresent   form = 0x19
	formStrx          form = 0x1a
	formAddrx         form = 0x1b
	formRefSup4       form = 0x1c
	formStrpSup       form = 0x1d
	formData16        form = 0x1e
	formLineStrp      form = 0x1f
	formRefSig8       form = 0x20
	formImplicitConst form = 0x21
	formLoclistx      form = 0x22
	formRnglistx      form = 0x23
	formRefSup8       form = 0x24
	formStrx1         form = 0x25
	formStrx2         form = 0x26
	formStrx3         form = 0x27
	formStrx4         form = 0x28
	formAddrx1        form = 0x29
	formAddrx2        form = 0x2a
	formAddrx3        form = 0x2b
	formAddrx4        form = 0x2c

	formGNUAddrIndex form = 0x1f01
	formGNUStrIndex  form = 0x1f02
	formGNURefAlt    form = 0x1f20
	formGNUStrpAlt   form = 0x1f21
)

const (
	unitCompile      = 0x01
	unitType         = 0x02
	unitPartial      = 0x03
	unitSkeleton     = 0x04
	unitSplitCompile = 0x05
	unitSplitType    = 0x06
)

// Entries of a range list (section 7.25).
const (
	rangeEndOfList    = 0x00
	rangeBaseAddressx = 0x01
	rangeStartxEndx   = 0x02
	rangeStartxLength = 0x03
	rangeOffsetPair   = 0x04
	rangeBaseAddress  = 0x05
	rangeStartEnd     = 0x06
	rangeStartLength  = 0x07
)

// Entries of a list of locations (section 7.7.3) that a list of ranges has not, and GNU's. Those below
// the default are numbered as in a list of ranges, and those above it one higher.
const (
	locationDefault  = 0x05
	locationViewPair = 0x09
)

// Entries of a list of locations in a split unit of DWARF 4 (gcc.gnu.org/wiki/DebugFission).
const (
	splitBaseAddress = 0x01
	splitStartEnd    = 0x02
	splitStartLength = 0x03
	splitOffsetPair  = 0x04
)

// Opcodes and content types of the line table (section 7.22).
const (
	lineCopy           = 0x01
	lineAdvancePC      = 0x02
	lineAdvanceLine    = 0x03
	lineSetFile        = 0x04
	lineSetColumn      = 0x05
	lineConstAddPC     = 0x08
	lineFixedAdvancePC = 0x09

	lineEndSequence = 0x01
	lineSetAddress  = 0x02
	lineDefineFile  = 0x03

	contentPath           = 0x01
	contentDirectoryIndex = 0x02
)

// languageRust is DW_LANG_Rust, a value of DW_AT_language.
const languageRust = 0x1c

// naming is how the functions of a language are told from others of the same name.
type naming uint8

const (
	namingBare    naming = iota // by their names alone, as C's
	namingEncoded               // by namespaces and classes, which the linker's name encodes: C++, Rust
	namingColons                // by modules and types, written m::f: Fortran
	namingDots                  // by modules and types, written m.T.f: D, Zig, Pascal, Swift …
	namingAda                   // by packages, which the name has already: p__f for p.f
)

// namingOf returns the naming of a language, a value of DW_AT_language.
func namingOf(language uint64) naming {
	switch language {
	case 0, 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e, // none given; C, as isC has it
		0x05, 0x06, 0x0f, 0x10, 0x12, 0x15, 0x24, 0x25, // COBOL, PL/I, Objective-C, UPC, OpenCL, RenderScript, BLISS
		0x16,         // Go: the name has its package already
		0x31, 0x8001: // assembler
		return namingBare
	case 0x04, 0x11, 0x1a, 0x21, 0x2a, 0x2b, 0x3a, languageRust: // C++, Objective-C++; Rust
		return namingEncoded
	case 0x07, 0x08, 0x0e, 0x22, 0x23, 0x2d, 0x45: // Fortran
		return namingColons
	case 0x03, 0x0d, 0x2e, 0x2f: // Ada
		return namingAda
	}
	return namingDots
}

func (n naming) separator() string {
	if n == namingDots {
		return "."
	}
	return "::"
}
