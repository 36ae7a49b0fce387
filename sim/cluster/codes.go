package cluster

import "strconv"

// The codes of HTTP that an API server answers with (RFC 9110, §15; RFC 6585).
const (
	CodeOK                 = 200
	CodeBadRequest         = 400
	CodeUnauthorized       = 401
	CodeForbidden          = 403
	CodeNotFound           = 404
	CodeConflict           = 409
	CodeGone               = 410
	CodeTooLarge           = 413
	CodeInvalid            = 422
	CodeTooManyRequests    = 429
	CodeInternal           = 500
	CodeBadGateway         = 502
	CodeServiceUnavailable = 503
	CodeGatewayTimeout     = 504
)

// codeText has the words of the codes, and the reason that API servers give
// when nothing more is to be said. It can not be that of net/http, which a
// simulator is not linked with.
//
//nolint:gochecknoglobals // a constant table
var codeText = map[int]struct{ text, reason string }{
	CodeOK:                 {"OK", ""},
	CodeBadRequest:         {"Bad Request", "BadRequest"},
	CodeUnauthorized:       {"Unauthorized", "Unauthorized"},
	CodeForbidden:          {"Forbidden", "Forbidden"},
	CodeNotFound:           {"Not Found", "NotFound"},
	CodeConflict:           {"Conflict", "Conflict"},
	CodeGone:               {"Gone", "Gone"},
	CodeTooLarge:           {"Request Entity Too Large", "RequestEntityTooLarge"},
	CodeInvalid:            {"Unprocessable Entity", "Invalid"},
	CodeTooManyRequests:    {"Too Many Requests", "TooManyRequests"},
	CodeInternal:           {"Internal Server Error", "InternalError"},
	CodeBadGateway:         {"Bad Gateway", ""},
	CodeServiceUnavailable: {"Service Unavailable", "ServiceUnavailable"},
	CodeGatewayTimeout:     {"Gateway Timeout", "Timeout"},
}

// line is a code with its words: "404 Not Found".
func line(code int) string { return strconv.Itoa(code) + " " + codeText[code].text }
