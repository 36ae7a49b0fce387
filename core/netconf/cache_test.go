package netconf

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestCacheSaysWhatParsingSays(t *testing.T) {
	var c Cache
	for _, cache := range []*Cache{nil, &c, &c} { // the second time it knows
		for _, raw := range []string{
			`{"type":"a"}`, `{"type":"a","name":"own"}`, `{"name":"","plugins":[{"type":"a"}]}`,
			`{"type":"a","name":"","NAME":""}`, `{`, `{"type":1}`,
		} {
			want, wantErr := ParseNetwork([]byte(raw))
			got, err := cache.Parse([]byte(raw))
			if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("%s: %+v, %v", raw, got, err)
			}
			if err != nil {
				continue
			}
			for _, name := range []string{"nad", ""} {
				named, namedErr := want.WithName(name)
				got, err := cache.Named(want, name)
				if !reflect.DeepEqual(got, named) || fmt.Sprint(err) != fmt.Sprint(namedErr) {
					t.Fatalf("%s with the name %q: %+v, %v", raw, name, got, err)
				}
			}
		}
	}
}

func TestCacheOwnsItsBytes(t *testing.T) {
	var c Cache
	raw := []byte(`{"type":"a"}`)
	if _, err := c.Parse(raw); err != nil {
		t.Fatal(err)
	}
	copy(raw, `{"type":"b"}`)
	if n, err := c.Parse([]byte(`{"type":"a"}`)); err != nil || string(n.Raw) != `{"type":"a"}` {
		t.Errorf("%s, %v", n.Raw, err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	var c Cache
	long := strings.Repeat("x", cacheLimit/100)
	for i := range 250 {
		if _, err := c.Parse(fmt.Appendf(nil, `{"type":"a","%d":"%s"}`, i, long)); err != nil {
			t.Fatal(err)
		}
		if c.size > cacheLimit || len(c.parsed) > 100 {
			t.Fatalf("it keeps %d configurations of %d bytes", len(c.parsed), c.size)
		}
	}
}
