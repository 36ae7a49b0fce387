package fault

// What the simulator does not have yet, in the words of the page.
const (
	withNIC    = "comes with emulated NICs"
	withDaemon = "comes with the daemon"
	withWire   = "comes with packets: the simulated kernel carries none"
)

// pluginThreats are of the plugins that we run.
//
//nolint:gochecknoglobals // a constant table
var pluginThreats = []Threat{
	threat("P01", "the plugin is not installed when ADD comes").by(whenRemovePlugin),
	threat("P02", "the plugin is no longer installed when DEL comes").
		by(whenRemovePlugin, whenRestorePlugin),
	threat("P03", "the plugin can not be executed"),
	threat("P04", "the plugin is being replaced at this moment"),
	threat("P05", "it succeeds and prints nothing"),
	threat("P06", "it succeeds and prints something else than JSON"),
	threat("P07", "it prints its log around the result"),
	threat("P08", "it fails and prints nothing"),
	threat("P09", "it fails and prints a result"),
	threat("P10", "it succeeds and prints an error"),
	threat("P11", "it does not end"),
	threat("P12", "it does not heed a signal, or its child holds the pipe"),
	threat("P13", "it is killed before it does anything"),
	threat("P14", "it is killed when it has done all, and has printed nothing"),
	threat("P15", "it panics, with a long trace"),
	threat("P16", "its result is of a version that was not asked for"),
	threat("P17", "its result names an interface that is not there"),
	threat("P18", "it says that it attached, and did nothing"),
	threat("P19", "it says that it detached, and did nothing"),
	threat("P20", "its interface has no address though there is IPAM"),
	threat("P21", "its interface has another name than was asked for"),
	threat("P22", "it prints 100 MB"),
	threat("P23", "it prints bytes that are no text"),
	threat("P24", "it writes more to its standard error than a pipe holds"),
	threat("P25", "it leaves a process behind"),
	threat("P26", "it wants to be asked again later"),
	threat("P27", "at DEL it does not know the container"),
	threat("P28", "a second DEL does not find what the first removed").by(whenStopAgain),
	threat("P29", "many slow plugins together take longer than the runtime waits").
		by(whenSlowPlugins),
	threat("P30", "there is no address left").by(whenFillRange),
	threat("P31", "two networks of a pod want the same address, MAC or default route").
		by(whenSameDefault),
	threat("P32", "it has no CHECK, GC or STATUS"),
	threat("P33", "no process can be made for it"),
	threat("P34", "a path means something else in another root directory").
		notOurs("nothing of ours changes its root directory or its mounts"),
	threat("P35", "DEL comes without the result of ADD").by(whenOldRecord),
	threat("P36", "its configuration reaches it changed"),
	threat("P37", "the plugin is ourselves").by(whenChangeConfig),
	threat("P38", "CNI_ARGS are odd, or too long").by(whenOddArgs),
	threat("P39", "its result has another order, or indexes that lead nowhere"),
}

// kernelThreats are of requests to the kernel.
//
//nolint:gochecknoglobals // a constant table
var kernelThreats = []Threat{
	threat("K01", "the interface is no longer there").by(whenRemoveLink),
	threat("K02", "there is one of that name, left by somebody").by(whenOccupyName),
	threat("K03", "the other namespace has one of that name").by(whenOccupyName),
	threat("K04", "the device is busy"),
	threat("K05", "it is not permitted"),
	threat("K06", "the kernel wants to be asked again"),
	threat("K07", "there is no room for a message"),
	threat("K08", "changes interrupt a list"),
	threat("K09", "a signal interrupts a request"),
	threat("K10", "the device or the kernel can not do it"),
	threat("K11", "the kernel refuses a value"),
	threat("K12", "the kernel has no memory, or no number"),
	threat("K13", "a route before its address, a gateway that can not be reached"),
	threat("K14", "IPv6 is switched off, or an address stays tentative"),
	threat("K15", "there is no carrier").by(whenFlapLink),
	threat("K16", "it is done, and its acknowledgement is lost"),
	threat("K17", "an interface that is up can not be renamed, by old kernels"),
	threat("K18", "an interface is renamed between being made and being found").by(whenRenameLink),
	threat("K19", "an alternative name is in the way").by(whenOccupyName),
	threat("K20", "a listener does not keep up with the changes"),
	threat("K21", "somebody holds RTNL for seconds"),
	threat("K22", "a name is longer than 15 bytes").by(whenOddArgs),
	threat("K23", "two interfaces have one MAC").by(whenSameDefault),
	threat("K24", "the parent is removed, and its children with it").by(whenRemoveLink),
	threat("K25", "the interface is made and can not become a port"),
	threat("K26", "the peer's namespace ends, and both ends with it").by(whenKillNetns),
	threat("K27", "the index of an interface is used again").by(whenRemoveLink, whenChurn),
	threat("K28", "a library hides the failure of a later request"),
	threat("K29", "a sysctl is missing, or read-only"),
	threat("K30", "of several rules only some are made"),
}
