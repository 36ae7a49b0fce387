package fault

import (
	"patchbay/sim/cluster"
	"patchbay/sim/errno"
)

// What is expected of stores of addresses, which plugins ask.
//
//nolint:gochecknoglobals // constant tables
var (
	leases   = Expect{Add: RB}
	releases = Expect{Add: CT | AI, Del: CT | AI, GC: CT | AI}
	pools    = Expect{Add: RT | RB, Del: RT | CT, GC: RT | CT}
)

// storeRows are of stores of addresses that are not files.
func storeRows() []Row {
	return concat(
		tableOf(on(DHCPLease),
			before(errno.ETIMEDOUT).degrade(leases, "I01 L01", "no server offers anything"),
			before(errno.ECONNREFUSED).degrade(leases, "C06 C07",
				"the daemon of the plugin does not run"),
			before(errno.ENOENT).degrade(leases, "C07", "the socket of the daemon is not there"),
			before(errno.ENETDOWN).degrade(leases, "K15 L02", "the interface has no carrier"),
			after(errno.ETIMEDOUT).degrade(leases, "I05 L01",
				"the lease was given, and its acknowledgement got lost"),
			lostReply().degrade(leases, "I05 P11",
				"the lease was given, and the daemon does not answer"),
			hangs().degrade(leases, "P11 C09", "the daemon is stopped"),
			late(4_000).tolerate(asIf, "L01", "the second request is answered"),
			doubled().tolerate(asIf, "L01 I02", "a request is there twice: the same lease"),
			spoilt(Foreign).outside(leases, "L04 I06",
				"another server on the wire gives addresses too; who is right is not ours to say")),
		tableOf(on(DHCPRelease),
			before(errno.ECONNREFUSED).degrade(releases, "C06 I07",
				"the daemon of the plugin does not run"),
			before(errno.ENETDOWN).degrade(releases, "I07 N02",
				"the namespace is gone: the lease runs out by itself"),
			after(errno.ETIMEDOUT).degrade(releases, "I07", "nobody acknowledges it"),
			lostReply().degrade(releases, "I07 P11", "the daemon does not answer"),
			hangs().degrade(releases, "P11 C09", "the daemon is stopped"),
			late(2_000).tolerate(asIf, "L01", "slow"),
			lies().outside(releases, "I07 L01",
				"a release is one packet that nobody acknowledges: the lease runs out by itself")),
		tableOf(on(PoolGet, PoolUpdate),
			before(answer(cluster.CodeInternal)).degrade(pools, "A01 I07",
				"the API server hiccups"),
			before(answer(cluster.CodeServiceUnavailable)).degrade(pools, "A01 I07",
				"the API server starts, or is about to end"),
			before(later(1)).degrade(pools, "A02 A28",
				"priority and fairness sends the plugin away"),
			before(answer(cluster.CodeForbidden)).degrade(pools, "A18 A20",
				"the plugin's role was taken away"),
			before(gone("ippools")).degrade(pools, "I11 D14",
				"somebody deleted the pool"),
			before(errno.ECONNREFUSED).degrade(pools, "A04 I07", "the server is just restarted"),
			hangs().degrade(pools, "A03 P11", "a black hole"),
			late(2_000).tolerate(asIf, "A03", "slow")),
		tableOf(on(PoolGet),
			spoilt(Behind1).tolerate(pools, "A23 I02",
				"a pool of one version ago: the update meets a conflict, and reads again")),
		tableOf(on(PoolUpdate),
			before(answer(cluster.CodeConflict)).tolerate(pools, "A28 I02",
				"another node was faster: read again, and choose again"),
			after(answer(cluster.CodeGatewayTimeout)).degrade(pools, "I05 A17",
				"it is written, and the answer says no: the address is its owner's all the same"),
			lostReply().degrade(pools, "I05 A17 I08", "it is written, and no answer comes"),
			doubled().tolerate(asIf, "A28", "the second is refused: its version is old")),
	)
}
