# Prints the targets of a Makefile: "##@ heading" and "target: … ## text".
BEGIN {
	FS = ":.*## "
	bold = colour ? "\033[1m" : ""; cyan = colour ? "\033[36m" : ""; off = colour ? "\033[0m" : ""
}
/^##@ / { printf "%s%s%s%s\n", lines++ ? "\n" : "", bold, substr($0, 5), off }
/^[a-z-]+:.*## / { printf "  %s%-9s%s %s\n", cyan, $1, off, $2 }
