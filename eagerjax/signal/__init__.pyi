from eagerjax.signal import windows as windows
