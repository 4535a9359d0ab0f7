// Says which images BuildKit would pull for Dockerfiles, by BuildKit's own frontend. Nothing is pulled.
//
// Reads a list of builds from a JSON file, and writes a list of answers as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// Build is what `docker build` is told.
type Build struct {
	Dockerfile string            `json:"dockerfile"`
	BuildArgs  map[string]string `json:"buildArgs"`
	Target     string            `json:"target"`
	Platform   string            `json:"platform"`
	Contexts   map[string]string `json:"contexts"`
}

// Answer is what the build asks registries for.
type Answer struct {
	// Images that are pulled by the names of the Dockerfile, in full.
	Images []string `json:"images"`
	// Images that are pulled because a build context says so, in full.
	Replaced []string `json:"replaced"`
	// The image of the `# syntax` directive, as it is written.
	Syntax string `json:"syntax,omitempty"`
	Error  string `json:"error,omitempty"`
}

// registries stands for BuildKit's daemon, and remembers what it was asked for.
type registries struct {
	client.Client
	options  map[string]string
	mutex    sync.Mutex
	images   map[string]bool
	replaced map[string]bool
}

const image = `{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:` +
	`0000000000000000000000000000000000000000000000000000000000000000"]}}`

func (r *registries) ResolveImageConfig(_ context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if strings.HasPrefix(opt.LogName, "[context ") {
		r.replaced[ref] = true
	} else {
		r.images[ref] = true
	}
	return ref, "", []byte(image), nil
}

func (r *registries) BuildOpts() client.BuildOpts {
	return client.BuildOpts{Opts: r.options, LLBCaps: pb.Caps.CapSet(pb.Caps.All()), Caps: gwpb.Caps.CapSet(nil)}
}

// The directory of the build is empty.
func (r *registries) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	result := client.NewResult()
	result.SetRef(emptyDirectory{})
	return result, nil
}

type emptyDirectory struct{ client.Reference }

func (emptyDirectory) ReadFile(context.Context, client.ReadRequest) ([]byte, error) {
	return nil, errors.New("no such file")
}

func (emptyDirectory) StatFile(context.Context, client.StatRequest) (*fstypes.Stat, error) {
	return nil, errors.New("no such file")
}

func ask(build Build) Answer {
	options := map[string]string{"target": build.Target}
	for name, value := range build.BuildArgs {
		options["build-arg:"+name] = value
	}
	for name, value := range build.Contexts {
		key, err := contextKey(name)
		if err != nil {
			return Answer{Images: []string{}, Replaced: []string{}, Error: err.Error()}
		}
		options["context:"+key] = value
	}
	r := &registries{options: options, images: map[string]bool{}, replaced: map[string]bool{}}
	err := convert(build, r)
	answer := Answer{Images: sorted(r.images), Replaced: sorted(r.replaced)}
	if ref, _, _, ok := parser.DetectSyntax([]byte(build.Dockerfile)); ok {
		answer.Syntax = ref
	}
	if err != nil {
		answer.Error = err.Error()
	}
	return answer
}

func sorted(set map[string]bool) []string {
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(set))))
}

// contextKey is what buildx makes of the name of a build context on its command line.
func contextKey(name string) (string, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(reference.FamiliarString(named), ":latest"), nil
}

func convert(build Build, r *registries) error {
	c, err := dockerui.NewClient(r)
	if err != nil {
		return err
	}
	opt := dockerfile2llb.ConvertOpt{Config: c.Config, Client: c, MetaResolver: llb.ImageMetaResolver(r)}
	if build.Platform != "" {
		platform, err := platforms.Parse(build.Platform)
		if err != nil {
			return err
		}
		opt.TargetPlatform = &platform
	}
	_, err = dockerfile2llb.Dockerfile2LLB(context.Background(), []byte(build.Dockerfile), opt)
	return err
}

func main() {
	file, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var builds []Build
	if err := json.Unmarshal(file, &builds); err != nil {
		log.Fatal(err)
	}
	answers := make([]Answer, len(builds))
	for i, build := range builds {
		answers[i] = ask(build)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}
