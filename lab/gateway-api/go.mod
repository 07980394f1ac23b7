// The definitions of the Gateway API. Nothing is compiled of it.
module lab

go 1.19

require sigs.k8s.io/gateway-api v1.4.1
