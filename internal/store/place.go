package store

import "time"

// A Place is what is remembered of a place that shows an edition: the hash of its
// definition, since when that is so, and when something that was shown there was
// last decided on.
type Place struct {
	Definition       [32]byte
	Defined, Touched time.Time
}

// Place returns what is remembered of the place at a path such as "" or
// "channels/x/"; the zero Place where it is unknown.
func (tx *Tx) Place(path string) (Place, error) {
	key := placeKey(path)
	r, found, err := tx.read(bPlaces, key)
	if err != nil || !found {
		return Place{}, err
	}
	return r.place(key)
}

func (r *reader) place(key []byte) (Place, error) {
	p := Place{Definition: r.hash(), Defined: r.time(), Touched: r.time()}
	if r.bad {
		return Place{}, damagedRecord(bPlaces, key, errWire.Error())
	}
	return p, nil
}

// PutPlace remembers a place.
func (tx *Tx) PutPlace(path string, p Place) error {
	buf := append(newRecord(64), p.Definition[:]...)
	buf = appendTime(buf, p.Defined)
	return tx.putChanged(bPlaces, placeKey(path), appendTime(buf, p.Touched))
}

// Places returns every place there ever was, by path.
func (tx *Tx) Places() (map[string]Place, error) {
	places := map[string]Place{}
	err := tx.scan(bPlaces, nil, func(key, sealed []byte) error {
		rec, err := unseal(bPlaces, key, sealed)
		if err != nil {
			return err
		}
		r := reader{rest: string(rec)}
		places[string(key[1:])], err = r.place(key)
		return err
	})
	if err != nil {
		return nil, err
	}
	return places, nil
}
