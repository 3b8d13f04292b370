package demo

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"path"
)

// Pictures' size in pixels, and the length of recordings in bytes: one second.
const (
	pictureWidth, pictureHeight = 640, 360
	sampleRate                  = 8000
)

// drawMedia makes up the file of that name: a picture of two colours for .png,
// a second of silence for .wav, nil for anything else. The same name is always
// the same bytes.
func drawMedia(name string) (contentType string, body []byte) {
	switch path.Ext(name) {
	case ".png":
		return "image/png", picture(name)
	case ".wav":
		return "audio/wav", silence()
	}
	return "", nil
}

func picture(name string) []byte {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	sum := h.Sum32()
	sky := color.RGBA{R: 150 + byte(sum%60), G: 170 + byte(sum>>8%60), B: 190 + byte(sum>>16%60), A: 255}
	land := color.RGBA{R: sky.R / 2, G: sky.G / 2, B: sky.B / 3, A: 255}
	m := image.NewPaletted(image.Rect(0, 0, pictureWidth, pictureHeight), color.Palette{sky, land})
	horizon := pictureHeight/2 + int(sum>>24)%(pictureHeight/4)
	for i := horizon * m.Stride; i < len(m.Pix); i++ {
		m.Pix[i] = 1
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m) // a bytes.Buffer takes everything
	return b.Bytes()
}

// silence is a RIFF/WAVE file of eight-bit mono samples.
func silence() []byte {
	b := []byte("RIFF")
	b = binary.LittleEndian.AppendUint32(b, 36+sampleRate)
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...) // PCM, one channel
	b = binary.LittleEndian.AppendUint32(b, sampleRate)
	b = binary.LittleEndian.AppendUint32(b, sampleRate)
	b = append(b, "\x01\x00\x08\x00data"...) // one byte a sample of eight bits
	b = binary.LittleEndian.AppendUint32(b, sampleRate)
	return append(b, bytes.Repeat([]byte{0x80}, sampleRate)...)
}
