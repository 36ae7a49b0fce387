package fault

// ipamRows are of IPAM plugins beyond what any plugin does.
func ipamRows() []Row {
	full := &Answer{
		Name: "exhausted", Status: failed, Print: PrintError, Code: 999,
		Msg: "no IP addresses available in range set",
	}
	taken := &Answer{
		Name: "taken", Status: failed, Print: PrintError, Code: 999,
		Msg: "requested IP address is not available in range set",
	}
	family := &Answer{
		Name: "family", Status: failed, Print: PrintError, Code: 7,
		Msg: "the subnet and the requested address are of different families",
	}
	addOnly, delOnly := Expect{Add: RB}, Expect{Add: CT, Del: CT, GC: CT}
	down := &Answer{
		Name: "store-down", Status: failed, Print: PrintError, Code: 999,
		Msg: "connection refused",
	}
	return concat(
		tableOf(on(IPAMAdd),
			before(full).degrade(addOnly, "P30 I01", "the range is used up"),
			before(taken).degrade(addOnly, "I09 P31",
				"the address that was asked for is another's"),
			before(family).degrade(addOnly, "I10", "what was asked for can not work"),
			before(down).degrade(addOnly, "I01 I07", "the store does not answer"),
			after(full).degrade(addOnly, "I01 I05",
				"one family was reserved, and the other is used up"),
			after(down).degrade(addOnly, "I05",
				"reserved, and the answer got lost: the address is released by its owner")),
		tableOf(on(IPAMDel),
			before(down).degrade(delOnly, "I07",
				"the address stays reserved until DEL is repeated"),
			after(down).degrade(delOnly, "I07 I12 P28",
				"released, and the answer got lost: releasing it again must not hit its new "+
					"owner")),
	)
}
