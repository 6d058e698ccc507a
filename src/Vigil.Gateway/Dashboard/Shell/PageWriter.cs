using System.Buffers;
using System.Text;

namespace Vigil.Gateway.Dashboard.Shell;

/// <summary>Text as UTF-8 straight into a response's buffers: a long page never stands in memory as one string, which would be large and long-lived garbage.</summary>
internal sealed class PageWriter(IBufferWriter<byte> buffers) : TextWriter
{
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    // The encoder keeps the first half of a character that was cut in two.
    public override void Write(ReadOnlySpan<char> buffer) => _encoder.Convert(buffer, buffers, flush: false, out _, out _);
}
