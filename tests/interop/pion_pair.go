// Two relay-only peers of pion exchange data through the TURN server. See pair_test.py.
package main

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"time"

	"github.com/pion/webrtc"
)

const (
	chunkBytes = 16 * 1024
	totalBytes = 1024 * 1024
	limit      = 30 * time.Second
)

func must(err error) {
	if err != nil {
		fmt.Println("FAILED:", err)
		os.Exit(1)
	}
}

func newPeer(name string) *webrtc.PeerConnection {
	connection, err := webrtc.NewPeerConnection(webrtc.Configuration{
		ICETransportPolicy: webrtc.ICETransportPolicyRelay,
		ICEServers: []webrtc.ICEServer{{
			URLs:       []string{os.Getenv("TURN_URL")},
			Username:   os.Getenv("TURN_USER"),
			Credential: os.Getenv("TURN_PASSWORD"),
		}},
	})
	must(err)
	connection.OnICECandidate(func(candidate *webrtc.ICECandidate) { fmt.Println(name, "candidate", candidate) })
	connection.OnConnectionStateChange(func(state webrtc.PeerConnectionState) { fmt.Println(name, state) })
	return connection
}

// describe makes the peer's offer or answer, complete with its candidates.
func describe(peer *webrtc.PeerConnection, create func() (webrtc.SessionDescription, error)) webrtc.SessionDescription {
	description, err := create()
	must(err)
	gathered := webrtc.GatheringCompletePromise(peer)
	must(peer.SetLocalDescription(description))
	<-gathered
	return *peer.LocalDescription()
}

// exchange sends `sent` and reports on `done` once `expected` has arrived, or why it cannot.
func exchange(channel *webrtc.DataChannel, sent, expected []byte, done chan<- error) {
	received := 0
	channel.OnMessage(func(message webrtc.DataChannelMessage) {
		end := received + len(message.Data)
		if end > len(expected) || !bytes.Equal(message.Data, expected[received:end]) {
			done <- fmt.Errorf("wrong bytes after %d", received)
			return
		}
		if received = end; received == len(expected) {
			done <- nil
		}
	})
	channel.OnOpen(func() {
		for at := 0; at < len(sent); at += chunkBytes {
			must(channel.Send(sent[at : at+chunkBytes]))
		}
	})
}

func main() {
	time.AfterFunc(limit, func() { must(fmt.Errorf("not done after %s", limit)) })
	fromLeft, fromRight := make([]byte, totalBytes), make([]byte, totalBytes)
	rand.New(rand.NewSource(1)).Read(fromLeft)
	rand.New(rand.NewSource(2)).Read(fromRight)

	left, right := newPeer("left"), newPeer("right")
	done := make(chan error, 2)
	channel, err := left.CreateDataChannel("bytes", nil)
	must(err)
	exchange(channel, fromLeft, fromRight, done)
	right.OnDataChannel(func(channel *webrtc.DataChannel) { exchange(channel, fromRight, fromLeft, done) })

	offer := func() (webrtc.SessionDescription, error) { return left.CreateOffer(nil) }
	answer := func() (webrtc.SessionDescription, error) { return right.CreateAnswer(nil) }
	must(right.SetRemoteDescription(describe(left, offer)))
	must(left.SetRemoteDescription(describe(right, answer)))
	must(<-done)
	must(<-done)

	pair, err := left.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	must(err)
	if pair.Local.Typ != webrtc.ICECandidateTypeRelay {
		must(fmt.Errorf("the selected pair is no relay: %s", pair))
	}
	must(left.Close())
	must(right.Close())
}
