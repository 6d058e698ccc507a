using System.Buffers;
using System.Text;
using Vigil.Gateway.Dashboard.Shell;

namespace Vigil.Gateway.Tests.Dashboard;

public sealed class PageWriterTests
{
    private readonly ArrayBufferWriter<byte> _buffers = new(1);

    [Fact]
    public void Write_ACharacterCutInTwo_IsWhole()
    {
        using var writer = new PageWriter(_buffers);
        const string Heart = "💜";
        writer.Write('<');
        writer.Write(Heart[0]);
        writer.Write(Heart.AsSpan(1));
        writer.Write("é>".ToCharArray(), 0, 2);
        Assert.Equal("<💜é>", Text());
    }

    [Fact]
    public void Write_LongerThanAnyBuffer_IsAllThere()
    {
        using var writer = new PageWriter(_buffers);
        var words = string.Concat(Enumerable.Repeat("Zürich ", 20_000));
        writer.Write(words);
        writer.Write((string?)null);
        Assert.Equal(words, Text());
    }

    private string Text() => Encoding.UTF8.GetString(_buffers.WrittenSpan);
}
