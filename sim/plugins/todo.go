package plugins

type DHCP struct{}
type Pools interface{}

func (c *call) spoofCheck(name, mac string) error              { return nil }
func (c *call) spoofUncheck()                                  {}
func (c *call) masquerade(backend *string, ips []ipConf) error { return nil }
func (c *call) unmasquerade() error                            { return nil }
