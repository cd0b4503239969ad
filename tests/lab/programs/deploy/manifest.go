package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// objectsIn reads a manifest: documents of YAML or JSON, of which those without any content count for nothing, and a
// List for what it holds. Nothing is asked of the server here, and no field is looked at but apiVersion and kind.
func objectsIn(text []byte) ([]runtime.Object, error) {
	var found []runtime.Object
	for documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if isBare(document) {
			continue
		}
		plain, err := yaml.ToJSON(document)
		if err != nil {
			return nil, err
		}
		object, _, err := unstructured.UnstructuredJSONScheme.Decode(plain, nil, nil)
		if err != nil {
			return nil, err
		}
		if list, ok := object.(*unstructured.UnstructuredList); ok {
			for index := range list.Items {
				found = append(found, &list.Items[index])
			}
			continue
		}
		found = append(found, object)
	}
}

// isBare: comments, blank lines and separators, and nothing else.
func isBare(document []byte) bool {
	for text := range strings.Lines(string(document)) {
		text = strings.TrimSpace(text)
		if text != "" && text != "---" && !strings.HasPrefix(text, "#") {
			return false
		}
	}
	return true
}
