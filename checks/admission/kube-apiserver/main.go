// A real kube-apiserver with its etcd in one process, on loopback: no kubelet, no controllers, nothing to install.
// The arguments are kube-apiserver's own; DATA is the folder for etcd, ETCD_PORT and ETCD_PEER_PORT its ports.
package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	clients := startEtcd(setting("DATA"), setting("ETCD_PORT"), setting("ETCD_PEER_PORT"))
	command := app.NewAPIServerCommand()
	command.SetArgs(append([]string{"--etcd-servers=" + clients}, os.Args[1:]...))
	os.Exit(cli.Run(command))
}

// Starts etcd and gives the address that clients use.
func startEtcd(data, port, peerPort string) string {
	clients := url.URL{Scheme: "http", Host: "127.0.0.1:" + port}
	peers := url.URL{Scheme: "http", Host: "127.0.0.1:" + peerPort}
	config := embed.NewConfig()
	config.Dir = filepath.Join(data, "etcd")
	config.LogLevel = "error"
	config.UnsafeNoFsync = true // what it stores ends with the check
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{clients}, []url.URL{clients}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peers}, []url.URL{peers}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		fail("etcd did not start: " + err.Error())
	}
	select {
	case <-etcd.Server.ReadyNotify():
	case <-time.After(60 * time.Second):
		fail("etcd was not ready after 60 seconds")
	}
	return clients.String()
}

func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fail(name + " is not set")
	}
	return value
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
