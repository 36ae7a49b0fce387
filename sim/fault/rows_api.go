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
	untold  = Expect{Add: RB}
	reports = Expect{Add: AI}
)

// later is 429 with so many seconds in its header Retry-After.
func later(seconds int) error { return cluster.Answer(cluster.CodeTooManyRequests, seconds) }

func answer(code int) error { return cluster.Answer(code, 0) }

// gone is what the server says when there is no such object. A 404 that names none is
// of somebody else, and says nothing about the object.
func gone(resource string) error {
	return &cluster.StatusError{
		Code: cluster.CodeNotFound, Reason: "NotFound", Message: resource + " \"it\" not found",
		Name: "it", Resource: resource,
	}
}

// Bytes that no client makes sense of, and handshakes that fail.
var (
	errNotJSON = fail.New(fail.Decode, "the API server answered with something else")
	errNoTrust = fail.New(fail.Invalid, "the API server's certificate is not trusted")
	errNoTLS   = fail.New(fail.Denied, "the API server refuses the TLS handshake")
)

func apiRows() []Row {
	return concat(
		tableOf(on(PodGet, NADGet), apiReads...),
		tableOf(on(PodGet), podReads...),
		tableOf(on(NADGet), nadReads...),
		tableOf(on(StatusPatch), statusWrites...),
		tableOf(on(EventPost), eventWrites...),
	)
}

//nolint:gochecknoglobals // a constant table
var apiReads = []entry{
	before(answer(cluster.CodeInternal)).tolerate(asked, "A01",
		"one 500 is a hiccup, and asked again"),
	before(answer(cluster.CodeBadGateway)).tolerate(asked, "A01",
		"a load balancer lost its server"),
	before(answer(cluster.CodeServiceUnavailable)).tolerate(asked, "A01 A22",
		"the server starts, or is about to end"),
	before(answer(cluster.CodeGatewayTimeout)).tolerate(asked, "A01",
		"etcd did not answer in time"),
	before(answer(cluster.CodeTooManyRequests)).tolerate(asked, "A02 A30",
		"priority and fairness sends us away, and does not say until when"),
	before(later(1)).tolerate(asked, "A02 A30",
		"the second it asks for is waited"),
	before(later(120)).degrade(asked, "A02",
		"nobody waits for two minutes: asked once more, or given up"),
	before(answer(cluster.CodeBadRequest)).degrade(refuses, "A01",
		"an answer that asking again will not change"),
	before(answer(cluster.CodeNotFound)).degrade(refuses, "A01 A04",
		"somebody answers who is no API server, or knows no such kind"),
	before(answer(cluster.CodeUnauthorized)).degrade(refuses, "A20",
		"the token has expired and there is no newer one"),
	before(answer(cluster.CodeForbidden)).degrade(refuses, "A18 A20",
		"the role was taken away"),
	before(errno.ECONNREFUSED).tolerate(asked, "A04 L06", "the server is just restarted"),
	before(errno.EHOSTUNREACH).tolerate(asked, "A32 L06",
		"the address or the name of the server leads nowhere for a moment"),
	before(errno.ETIMEDOUT).tolerate(asked, "A03 L06", "the connection was not made"),
	before(errNotJSON).degrade(refuses, "A01", "a proxy answers 200 with a page of its own"),
	before(errNoTrust).degrade(refuses, "A21", "the authority was exchanged and our file was not"),
	before(errNoTLS).degrade(refuses, "A21", "our client certificate has expired"),
	hangs().tolerate(asked, "A03 L06",
		"a black hole: the try ends after 5 s, and the next may get through"),
	late(400).tolerate(asIf, "A03", "slow is not absent"),
	late(7_000).tolerate(asked, "A03", "longer than one try may take"),
}

//nolint:gochecknoglobals // a constant table
var podReads = []entry{
	before(gone("pods")).degrade(Expect{Add: FF | AI, Del: ID}, "A05 A09 A10 A24",
		"it was deleted, or the server's cache does not have it yet"),
	spoilt(Behind1).degrade(Expect{Add: AI | NO, Del: AI | NO}, "A05 A23",
		"a server answers from a cache that is one version behind"),
	spoilt(Behind3).degrade(Expect{Add: AI | NO, Del: AI | NO}, "A05 A23",
		"three versions behind: networks may have been added since"),
}

//nolint:gochecknoglobals // a constant table
var nadReads = []entry{
	before(gone("network-attachment-definitions")).degrade(refuses, "A11 A31",
		"it was deleted, or is not known yet: the pod is refused by name"),
	spoilt(Behind1).tolerate(Expect{Add: AI | FF, Del: AI, GC: AI | CT, Status: AI | FF}, "A13 A23",
		"the definition that was read is recorded, and DEL goes by that"),
}

//nolint:gochecknoglobals // a constant table
var statusWrites = []entry{
	before(answer(cluster.CodeInternal)).tolerate(told, "A01",
		"one 500 is a hiccup, and asked again"),
	before(answer(cluster.CodeServiceUnavailable)).tolerate(told, "A01",
		"the server starts, or is about to end"),
	before(later(1)).tolerate(told, "A02 A30",
		"the second is waited"),
	before(later(120)).degrade(told, "A02",
		"nobody waits so long"),
	before(answer(cluster.CodeBadRequest)).degrade(untold, "A27", "a webhook refuses the patch"),
	before(answer(cluster.CodeUnauthorized)).degrade(untold, "A20",
		"the token has expired since the pod was read"),
	before(answer(cluster.CodeForbidden)).degrade(untold, "A18 A27",
		"pods may be read and not written: an update is tried, then the ADD undone"),
	before(gone("pods")).outside(Expect{Add: AI}, "A09 A24",
		"the server says so only of a pod that is gone: it needs no status, and its DEL is "+
			"on the way"),
	before(answer(cluster.CodeNotFound)).degrade(untold, "A01",
		"somebody answers who is no API server"),
	before(answer(cluster.CodeConflict)).degrade(told, "A16", "another writer was faster"),
	before(answer(cluster.CodeInvalid)).degrade(Expect{Add: AI | RB | NO}, "A06 A25",
		"the UID in the patch is not the pod's: another one has its name"),
	before(answer(cluster.CodeTooLarge)).degrade(untold, "A19",
		"the annotations have no room for it"),
	before(errno.ECONNREFUSED).tolerate(told, "A04 L06", "the server is just restarted"),
	after(answer(cluster.CodeInternal)).tolerate(told, "A17",
		"it was written, and the answer says no: writing it again changes nothing"),
	after(answer(cluster.CodeGatewayTimeout)).tolerate(told, "A17",
		"etcd has it and the server did not hear of it in time"),
	lostReply().tolerate(told, "A17 L06", "it is written once more"),
	hangs().tolerate(told, "A03 L06",
		"a black hole: the try ends after 5 s, and the next may get through"),
	late(400).tolerate(asIf, "A03", "slow is not absent"),
	late(7_000).tolerate(told, "A03 A17", "written, after nobody listened any more"),
	doubled().tolerate(asIf, "A17", "a proxy sends it twice"),
}

//nolint:gochecknoglobals // a constant table
var eventWrites = []entry{
	before(answer(cluster.CodeInternal)).tolerate(reports, "A01",
		"events are for people; no pod fails for want of one"),
	before(later(1)).tolerate(reports, "A02 A30", "the second is waited"),
	before(answer(cluster.CodeForbidden)).tolerate(reports, "A18",
		"events may not be written, and pods come up without"),
	before(gone("namespaces")).tolerate(reports, "A24",
		"the namespace of the pod is gone"),
	before(errno.ECONNREFUSED).tolerate(reports, "A04 L06",
		"the server is just restarted"),
	after(answer(cluster.CodeInternal)).tolerate(reports, "A17",
		"the next try meets an event of its own name, which is as good"),
	lostReply().tolerate(reports, "A17",
		"it is posted once more, and refused: it has the same name"),
	doubled().tolerate(reports, "A17", "the second is refused: it has the same name"),
	hangs().tolerate(reports, "A03", "the budget of the report ends it"),
	late(400).tolerate(reports, "A03", "slow is not absent"),
}
