// Package rawjson looks into JSON text without decoding it, where encoding/json
// would be asked for little and take long.
//
// A [Cursor] never takes what encoding/json would not, but it gives up on what
// is rare: escapes in a key, say. It has no words for what is wrong either.
// Whoever uses one asks encoding/json when it fails, so that there is one
// judge of what JSON is and one source of error texts. The package lays out JSON
// that is valid already, and makes none of its own.
package rawjson
