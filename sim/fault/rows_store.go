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
	releases = Expect{Add: CT, Del: CT, GC: CT}
	pools    = Expect{Add: RT | RB, Del: RT | CT, GC: RT | CT}
)

// storeRows are of stores of addresses that are not files.
//
//nolint:gochecknoglobals // a constant table
var storeRows = concat(
	rowsOf(on(DHCPLease),
		entry{FailBefore, errno.ETIMEDOUT, 0, Degrade, leases, "I01 L01",
			"no server offers anything"},
		entry{FailBefore, errno.ECONNREFUSED, 0, Degrade, leases, "C06 C07",
			"the daemon of the plugin does not run"},
		entry{FailBefore, errno.ENOENT, 0, Degrade, leases, "C07",
			"the socket of the daemon is not there"},
		entry{FailBefore, errno.ENETDOWN, 0, Degrade, leases, "K15 L02",
			"the interface has no carrier"},
		entry{FailAfter, errno.ETIMEDOUT, 0, Degrade, leases, "I05 L01",
			"the lease was given, and its acknowledgement got lost"},
		entry{LostReply, nil, 0, Degrade, leases, "I05 P11",
			"the lease was given, and the daemon does not answer"},
		entry{Hang, nil, 0, Degrade, leases, "P11 C09", "the daemon is stopped"},
		entry{Late, nil, 4_000, Tolerate, asIf, "L01", "the second request is answered"},
		entry{Duplicate, nil, 0, Tolerate, asIf, "L01 I02",
			"a request is there twice: the same lease"},
		entry{Corrupt, nil, int(Foreign), Outside, leases, "L04 I06",
			"another server on the wire gives addresses too; who is right is not ours to say"}),
	rowsOf(on(DHCPRelease),
		entry{FailBefore, errno.ECONNREFUSED, 0, Degrade, releases, "C06 I07",
			"the daemon of the plugin does not run"},
		entry{FailBefore, errno.ENETDOWN, 0, Degrade, releases, "I07 N02",
			"the namespace is gone: the lease runs out by itself"},
		entry{FailAfter, errno.ETIMEDOUT, 0, Degrade, releases, "I07", "nobody acknowledges it"},
		entry{LostReply, nil, 0, Degrade, releases, "I07 P11", "the daemon does not answer"},
		entry{Hang, nil, 0, Degrade, releases, "P11 C09", "the daemon is stopped"},
		entry{Late, nil, 2_000, Tolerate, asIf, "L01", "slow"},
		entry{Lie, nil, 0, Outside, releases, "I07 L01",
			"a release is one packet that nobody acknowledges: the lease runs out by itself"}),
	rowsOf(on(PoolGet, PoolUpdate),
		entry{FailBefore, answer(cluster.CodeInternal), 0, Degrade, pools, "A01 I07",
			"the API server hiccups"},
		entry{FailBefore, answer(cluster.CodeServiceUnavailable), 0, Degrade, pools, "A01 I07",
			"as above"},
		entry{FailBefore, later(cluster.CodeTooManyRequests, 1), 0, Degrade, pools, "A02 A28",
			"priority and fairness sends the plugin away"},
		entry{FailBefore, answer(cluster.CodeForbidden), 0, Degrade, pools, "A18 A20",
			"the plugin's role was taken away"},
		entry{FailBefore, answer(cluster.CodeNotFound), 0, Degrade, pools, "I11 D14",
			"somebody deleted the pool"},
		entry{FailBefore, errno.ECONNREFUSED, 0, Degrade, pools, "A04 I07",
			"the server is just restarted"},
		entry{Hang, nil, 0, Degrade, pools, "A03 P11", "a black hole"},
		entry{Late, nil, 2_000, Tolerate, asIf, "A03", "slow"}),
	rowsOf(on(PoolGet),
		entry{Corrupt, nil, int(Behind1), Tolerate, pools, "A23 I02",
			"a pool of one version ago: the update meets a conflict, and reads again"}),
	rowsOf(on(PoolUpdate),
		entry{FailBefore, answer(cluster.CodeConflict), 0, Tolerate, pools, "A28 I02",
			"another node was faster: read again, and choose again"},
		entry{FailAfter, answer(cluster.CodeGatewayTimeout), 0, Degrade, pools, "I05 A17",
			"it is written, and the answer says no: the address is its owner's all the same"},
		entry{LostReply, nil, 0, Degrade, pools, "I05 A17 I08",
			"it is written, and no answer comes"},
		entry{Duplicate, nil, 0, Tolerate, asIf, "A28",
			"the second update is refused: the version is another"}),
)
