package fault

import (
	"patchbay/core/fail"
	"patchbay/sim/cluster"
	"patchbay/sim/errno"
)

// What verbs do when the API server does not say what they need. DEL asks it only
// when there is no record.
//
//nolint:gochecknoglobals // constant tables
var (
	asked   = Expect{Add: RT | FF, Del: RT | CT | ID, GC: RT | CT, Status: RT | FF}
	refuses = Expect{Add: FF, Del: ID, GC: CT, Status: FF}
	told    = Expect{Add: RT | RB}
	reports = Expect{Add: AI}
)

// later is the answer with so many seconds in its header Retry-After.
func later(code, seconds int) error { return cluster.Answer(code, seconds) }

func answer(code int) error { return cluster.Answer(code, 0) }

// Bytes that no client makes sense of, and handshakes that fail.
//
//nolint:gochecknoglobals // constant tables
var (
	notJSON = fail.New(fail.Decode, "the API server answered with something else")
	noTrust = fail.New(fail.Invalid, "the API server's certificate is not trusted")
	noTLS   = fail.New(fail.Denied, "the API server refuses the TLS handshake")
)

//nolint:gochecknoglobals // a constant table
var apiRows = concat(
	rowsOf(on(PodGet, NADGet), apiReads...),
	rowsOf(on(PodGet), podReads...),
	rowsOf(on(NADGet), nadReads...),
	rowsOf(on(StatusPatch), statusWrites...),
	rowsOf(on(EventPost), eventWrites...),
)

//nolint:gochecknoglobals // a constant table
var apiReads = []entry{
	{FailBefore, answer(cluster.CodeInternal), 0, Tolerate, asked, "A01",
		"one 500 is a hiccup, and asked again"},
	{FailBefore, answer(cluster.CodeBadGateway), 0, Tolerate, asked, "A01",
		"a load balancer lost its server"},
	{FailBefore, answer(cluster.CodeServiceUnavailable), 0, Tolerate, asked, "A01 A22",
		"the server starts, or is about to end"},
	{FailBefore, answer(cluster.CodeGatewayTimeout), 0, Tolerate, asked, "A01",
		"etcd did not answer in time"},
	{FailBefore, answer(cluster.CodeTooManyRequests), 0, Tolerate, asked, "A02 A30",
		"priority and fairness sends us away, and does not say until when"},
	{FailBefore, later(cluster.CodeTooManyRequests, 1), 0, Tolerate, asked, "A02 A30",
		"the second it asks for is waited"},
	{FailBefore, later(cluster.CodeTooManyRequests, 120), 0, Degrade, asked, "A02",
		"nobody waits for two minutes: asked once more, or given up"},
	{FailBefore, answer(cluster.CodeBadRequest), 0, Degrade, refuses, "A01",
		"an answer that asking again will not change"},
	{FailBefore, answer(cluster.CodeUnauthorized), 0, Degrade, refuses, "A20",
		"the token has expired and there is no newer one"},
	{FailBefore, answer(cluster.CodeForbidden), 0, Degrade, refuses, "A18 A20",
		"the role was taken away"},
	{FailBefore, errno.ECONNREFUSED, 0, Tolerate, asked, "A04 L06",
		"the server is just restarted"},
	{FailBefore, errno.EHOSTUNREACH, 0, Tolerate, asked, "A32 L06",
		"the address or the name of the server leads nowhere for a moment"},
	{FailBefore, errno.ETIMEDOUT, 0, Tolerate, asked, "A03 L06",
		"the connection was not made"},
	{FailBefore, notJSON, 0, Degrade, refuses, "A01",
		"a proxy answers 200 with a page of its own"},
	{FailBefore, noTrust, 0, Degrade, refuses, "A21",
		"the authority was exchanged and our file was not"},
	{FailBefore, noTLS, 0, Degrade, refuses, "A21", "our client certificate has expired"},
	{Hang, nil, 0, Tolerate, asked, "A03 L06",
		"a black hole: the try ends after 5 s, and the next may get through"},
	{Late, nil, 400, Tolerate, asIf, "A03", "slow is not absent"},
	{Late, nil, 7_000, Tolerate, asked, "A03", "longer than one try may take"},
}

//nolint:gochecknoglobals // a constant table
var podReads = []entry{
	{FailBefore, answer(cluster.CodeNotFound), 0, Degrade, refuses, "A05 A09 A10 A24",
		"it was deleted, or the server's cache does not have it yet"},
	{Corrupt, nil, int(Behind1), Degrade, Expect{Add: AI | NO, Del: AI | NO}, "A05 A23",
		"a server answers from a cache that is one version behind"},
	{Corrupt, nil, int(Behind3), Degrade, Expect{Add: AI | NO, Del: AI | NO}, "A05 A23",
		"three versions behind: networks may have been added since"},
}

//nolint:gochecknoglobals // a constant table
var nadReads = []entry{
	{FailBefore, answer(cluster.CodeNotFound), 0, Degrade, refuses, "A11 A31",
		"it was deleted, or is not known yet: the pod is refused by name"},
	{Corrupt, nil, int(Behind1), Tolerate, Expect{Add: AI, Del: AI, GC: AI, Status: AI},
		"A13 A23", "the definition that was read is recorded, and DEL goes by that"},
}

//nolint:gochecknoglobals // a constant table
var statusWrites = []entry{
	{FailBefore, answer(cluster.CodeInternal), 0, Tolerate, told, "A01", "as of a read"},
	{FailBefore, answer(cluster.CodeServiceUnavailable), 0, Tolerate, told, "A01", "as of a read"},
	{FailBefore, later(cluster.CodeTooManyRequests, 1), 0, Tolerate, told, "A02 A30",
		"the second is waited"},
	{FailBefore, later(cluster.CodeTooManyRequests, 120), 0, Degrade, told, "A02",
		"nobody waits so long"},
	{FailBefore, answer(cluster.CodeBadRequest), 0, Degrade, told, "A27",
		"a webhook refuses the patch"},
	{FailBefore, answer(cluster.CodeUnauthorized), 0, Degrade, told, "A20",
		"the token has expired since the pod was read"},
	{FailBefore, answer(cluster.CodeForbidden), 0, Degrade, told, "A18 A27",
		"pods may be read and not written: an update is tried, then the ADD undone"},
	{FailBefore, answer(cluster.CodeNotFound), 0, Tolerate, Expect{Add: AI}, "A09 A24",
		"the pod is gone and needs no status; its DEL is on the way"},
	{FailBefore, answer(cluster.CodeConflict), 0, Degrade, told, "A16",
		"another writer was faster"},
	{FailBefore, answer(cluster.CodeInvalid), 0, Degrade, Expect{Add: AI | RB | NO}, "A06 A25",
		"the UID in the patch is not the pod's: another one has its name"},
	{FailBefore, answer(cluster.CodeTooLarge), 0, Degrade, told, "A19",
		"the annotations have no room for it"},
	{FailBefore, errno.ECONNREFUSED, 0, Tolerate, told, "A04 L06",
		"the server is just restarted"},
	{FailAfter, answer(cluster.CodeInternal), 0, Tolerate, told, "A17",
		"it was written, and the answer says no: writing it again changes nothing"},
	{FailAfter, answer(cluster.CodeGatewayTimeout), 0, Tolerate, told, "A17",
		"etcd has it and the server did not hear of it in time"},
	{LostReply, nil, 0, Tolerate, told, "A17 L06", "it is written once more"},
	{Hang, nil, 0, Tolerate, told, "A03 L06", "as of a read"},
	{Late, nil, 400, Tolerate, asIf, "A03", "slow is not absent"},
	{Late, nil, 7_000, Tolerate, told, "A03 A17", "written, after nobody listened any more"},
	{Duplicate, nil, 0, Tolerate, asIf, "A17", "a proxy sends it twice"},
}

//nolint:gochecknoglobals // a constant table
var eventWrites = []entry{
	{FailBefore, answer(cluster.CodeInternal), 0, Tolerate, reports, "A01",
		"events are for people; no pod fails for want of one"},
	{FailBefore, later(cluster.CodeTooManyRequests, 1), 0, Tolerate, reports, "A02 A30",
		"as above"},
	{FailBefore, answer(cluster.CodeForbidden), 0, Tolerate, reports, "A18", "as above"},
	{FailBefore, answer(cluster.CodeNotFound), 0, Tolerate, reports, "A24",
		"the namespace of the pod is gone"},
	{FailBefore, errno.ECONNREFUSED, 0, Tolerate, reports, "A04 L06", "as above"},
	{FailAfter, answer(cluster.CodeInternal), 0, Tolerate, reports, "A17",
		"the next try meets an event of its own name, which is as good"},
	{LostReply, nil, 0, Tolerate, reports, "A17", "as above"},
	{Duplicate, nil, 0, Tolerate, reports, "A17", "the second is refused: it has the same name"},
	{Hang, nil, 0, Tolerate, reports, "A03", "the budget of the report ends it"},
	{Late, nil, 400, Tolerate, reports, "A03", "slow is not absent"},
}
